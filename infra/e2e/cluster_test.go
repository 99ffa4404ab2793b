package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
)

// awake bounds purchases for which pods have to be started first, on a cluster that is as slow as can be.
const awake = 10 * time.Minute

// cluster is the namespace of a mart whose pods a test may delete.
type cluster struct {
	mart
	namespace string
}

func theCluster(t *testing.T) (cluster, context.Context) {
	t.Helper()
	namespace := os.Getenv("MART_E2E_CLUSTER")
	if namespace == "" {
		t.Skip("MART_E2E_CLUSTER is not set: run infra/knative/e2e.sh against a cluster with Knative")
	}
	m, _ := theMart(t)
	ctx, cancel := context.WithTimeout(t.Context(), awake)
	t.Cleanup(cancel)
	return cluster{m, namespace}, ctx
}

func (c cluster) kubectl(ctx context.Context, t *testing.T, arguments ...string) string {
	t.Helper()
	out, err := exec.CommandContext(ctx, "kubectl", append([]string{"-n", c.namespace}, arguments...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// wakes is a request to the front door that each function answers itself: mostly for what it speaks for.
var wakes = func() map[events.Function]string {
	found := map[events.Function]string{}
	for _, n := range slices.Backward(events.Nouns()) {
		if n.Path != "" {
			found[n.By] = n.Path
		}
	}
	found[events.Auth], found[events.DB] = "/.well-known/jwks.json", "/brands"
	return found
}()

// pod wakes a function and is the name of its pod.
func (c cluster) pod(ctx context.Context, t *testing.T, f events.Function) string {
	t.Helper()
	send(ctx, t, c.owner, http.MethodGet, wakes[f], nil)
	return c.kubectl(ctx, t, "get", "pods", "-l", "app.kubernetes.io/name="+string(f), "--field-selector", "status.phase=Running", "-o", "jsonpath={.items[0].metadata.name}")
}

// proxy is the API server's way to anything inside, with this machine's own credentials.
func (c cluster) proxy(ctx context.Context, t *testing.T) string {
	t.Helper()
	command := exec.CommandContext(ctx, "kubectl", "proxy", "--port=0")
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n') // Starting to serve on 127.0.0.1:43210
	if err != nil {
		t.Fatal(err)
	}
	return "http://" + line[strings.LastIndex(line, " ")+1:len(line)-1]
}

// All Services are ready, and nobody has to be trusted for being inside: an event without a seal is refused by each.
func TestClusterForgeries(t *testing.T) {
	t.Parallel()
	c, ctx := theCluster(t)
	if ready := strings.Fields(c.kubectl(ctx, t, "get", "ksvc", "-o", `jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}`)); len(ready) != len(events.Functions()) || strings.Contains(strings.Join(ready, ""), "False") {
		t.Errorf("%d Services must be ready, are %v", len(events.Functions()), ready)
	}
	inside := client.New(c.proxy(ctx, t))
	for _, f := range events.Functions() {
		if f == events.Gateway {
			continue // TestTheEdgeTakesNoEvents
		}
		t.Run(string(f), func(t *testing.T) {
			path := "/api/v1/namespaces/" + c.namespace + "/pods/" + c.pod(ctx, t, f) + ":8012/proxy/" // the queue's port, as in any Knative
			forged := []client.Header{
				{Name: "Ce-Specversion", Value: "1.0"},
				{Name: "Ce-Type", Value: events.OrderPaid.Type()},
				{Name: "Ce-Source", Value: "/functions/db"},
				{Name: "Ce-Id", Value: uuid.NewString()},
				{Name: "Ce-Subject", Value: uuid.NewString()},
			}
			if a := send(ctx, t, inside, http.MethodPost, path, map[string]string{"status": "paid"}, forged...); a.Status != http.StatusUnauthorized {
				t.Errorf("a forged event: %d %s, want 401", a.Status, a.Body)
			}
		})
	}
}

// A pod of each function in turn is deleted in the middle of a purchase: the order is paid, the money taken and the mail sent all the same, once.
func TestClusterDeletedPods(t *testing.T) {
	t.Parallel()
	c, ctx := theCluster(t)
	slow(t)
	for _, f := range events.Functions() {
		t.Run(string(f), func(t *testing.T) {
			p, b := c.product(ctx, t, 5), c.buyer(ctx, t)
			order := b.order(ctx, t, p.ID, 2)
			c.kubectl(ctx, t, "delete", "pod", "--wait=false", "--ignore-not-found", "-l", "app.kubernetes.io/name="+string(f))
			c.finish(ctx, t, b, order)
		})
	}
}

// Everything is asleep, order, payment and db too: one purchase wakes it all.
func TestClusterAsleep(t *testing.T) {
	t.Parallel()
	c, ctx := theCluster(t)
	slow(t)
	for _, f := range []events.Function{events.Order, events.Payment, events.DB} {
		before := c.kubectl(ctx, t, "get", "ksvc", string(f), "-o", `jsonpath={.spec.template.metadata.annotations.autoscaling\.knative\.dev/min-scale}`)
		c.minScale(ctx, t, f, "0")
		t.Cleanup(func() { c.minScale(context.WithoutCancel(ctx), t, f, before) })
	}
	p, b := c.product(ctx, t, 5), c.buyer(ctx, t)
	c.sleeps(ctx, t)
	begin := time.Now()
	order := b.order(ctx, t, p.ID, 2)
	placed := time.Since(begin)
	c.finish(ctx, t, b, order)
	t.Logf("from asleep: order placed after %s, paid and mailed after %s", placed.Round(time.Millisecond), time.Since(begin).Round(time.Millisecond))

	begin = time.Now()
	c.finish(ctx, t, b, b.order(ctx, t, p.ID, 2))
	t.Logf("awake: paid and mailed after %s", time.Since(begin).Round(time.Millisecond))
}

func slow(t *testing.T) {
	t.Helper()
	if os.Getenv("MART_E2E_SLOW") == "0" {
		t.Skip("MART_E2E_SLOW is 0: unset it to buy with everything asleep and with pods deleted, which takes minutes")
	}
}

func (c cluster) minScale(ctx context.Context, t *testing.T, f events.Function, scale string) {
	t.Helper()
	c.kubectl(ctx, t, "patch", "ksvc", string(f), "--type", "merge", "-p",
		fmt.Sprintf(`{"spec":{"template":{"metadata":{"annotations":{"autoscaling.knative.dev/min-scale":"%s"}}}}}`, scale))
	c.kubectl(ctx, t, "wait", "ksvc", string(f), "--for", "condition=Ready", "--timeout", "120s")
}

// sleeps waits until no function has a pod. The sweep is suspended meanwhile, for it wakes db every minute.
func (c cluster) sleeps(ctx context.Context, t *testing.T) {
	t.Helper()
	sweep := c.kubectl(ctx, t, "get", "pingsource", "mart-sweep", "-o", "jsonpath={.spec.schedule}")
	schedule := func(ctx context.Context, when string) {
		c.kubectl(ctx, t, "patch", "pingsource", "mart-sweep", "--type", "merge", "-p", `{"spec":{"schedule":"`+when+`"}}`)
	}
	schedule(ctx, "0 0 29 2 *")
	t.Cleanup(func() { schedule(context.WithoutCancel(ctx), sweep) })
	for ctx.Err() == nil {
		if c.kubectl(ctx, t, "get", "pods", "-l", "serving.knative.dev/service", "-o", "name") == "" {
			return
		}
		time.Sleep(time.Second) // a poll with a deadline
	}
	t.Fatal("the functions do not go to sleep")
}

// finish pays for an order and checks that everything that must follow has followed, once. It asks again where it got no answer, as
// a client must.
func (c cluster) finish(ctx context.Context, t *testing.T, b buyer, order client.Order) {
	t.Helper()
	key := client.NewKey()
	body := map[string]any{"orderId": order.ID, "paymentMethod": "pm_card_visa"}
	a := send(ctx, t, b.Client, http.MethodPost, "/payments", body, key)
	for a.Status >= http.StatusInternalServerError && ctx.Err() == nil {
		time.Sleep(time.Second) // a poll with a deadline
		a = send(ctx, t, b.Client, http.MethodPost, "/payments", body, key)
	}
	var payment client.Payment
	if err := json.Unmarshal(a.Body, &payment); err != nil || a.Status >= http.StatusMultipleChoices {
		t.Fatalf("pay: %d %s %v", a.Status, a.Body, err)
	}
	c.oneMail(ctx, t, b, b.status(ctx, t, order.ID, "paid"))
	c.charged(ctx, t, payment.ID, 3998)
}
