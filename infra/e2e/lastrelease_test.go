package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/onlinemart/mart/functions/db/dbtest"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/onlinemart/mart/infra/postgres"
	"github.com/onlinemart/mart/infra/postgres/pgtest"
	"github.com/onlinemart/mart/infra/process"
	"golang.org/x/sync/errgroup"
)

// lastRelease is the commit that the last release was built from; MART_E2E_RELEASE names another, or is "last".
const lastRelease = "6407ff536cee5f8538f51d96a47e747a3444491d"

// A mart of the last release's own program is upgraded while buyers buy: it is stopped in the middle of purchases and started again, then killed
// while commands are accepted that it has not decided, and this release's program is started on what is left. The buyers notice nothing
// but that it takes a while: every request, sent again with its key, is carried out once.
func TestStormUpgradeFromTheLastRelease(t *testing.T) {
	release := os.Getenv("MART_E2E_RELEASE")
	if !full && release == "" {
		t.Skip("it builds the program of the last release, which takes some minutes: make e2e-upgrade, or MART_E2E_FULL=1")
	}
	if release == "" || release == "last" {
		release = lastRelease
	}
	needsItsOwnMart(t)
	former, now := buildMarts(t, release)
	u := newUpgrade(t)
	u.up(t, former)
	count := fullOr(240, 48)
	u.fill(t, int64(count))

	var changes errgroup.Group
	changes.Go(func() error {
		for at, change := range []func() error{
			func() error { return errors.Join(u.stopped(), u.started(former)) },
			func() error { return errors.Join(u.killedUndecided(), u.started(now)) },
			func() error { return errors.Join(u.stopped(), u.started(now)) },
		} {
			if err := errors.Join(u.at(int64((at+1)*count/4)), change()); err != nil {
				return fmt.Errorf("change %d: %w", at+1, err)
			}
		}
		return nil
	})
	u.purchases(t, count, 8)
	if err := changes.Wait(); err != nil {
		t.Fatal(err)
	}
	u.isKnownAsBefore(t)
	u.undecidedIsDecided(t)
	u.judged(t, count)
	t.Logf("%d purchases (%d paid, %d declined) from %.7s to this release", count, u.paid.Load(), u.declined.Load(), release)
}

// buildMarts builds the mart command as it was at a commit, and as it is. It skips where the commit, or what it needs, is not there.
func buildMarts(t *testing.T, commit string) (former, now string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	tree := t.TempDir()
	run := func(dir, name string, args ...string) error {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
		}
		return nil
	}
	if err := run(root, "git", "cat-file", "-e", commit+"^{commit}"); err != nil {
		t.Skipf("THIS TEST NEEDS THE COMMIT %s: the clone does not have it; git fetch --unshallow: %v", commit, err)
	}
	if err := errors.Join(run(root, "git", "archive", "-o", tree+"/tree.tar", commit), run(tree, "tar", "-xf", "tree.tar")); err != nil {
		t.Fatal(err)
	}
	if err := run(tree, "go", "mod", "download"); err != nil {
		t.Skipf("THIS TEST NEEDS THE MODULES OF %s, which are neither in the cache nor can be fetched: %v", commit, err)
	}
	former, now = t.TempDir()+"/mart", t.TempDir()+"/mart"
	for program, dir := range map[string]string{former: tree, now: root} {
		if err := run(dir, "go", "build", "-trimpath", "-buildvcs=false", "-o", program, "./infra/mart"); err != nil {
			t.Fatal(err)
		}
	}
	return former, now
}

// upgrade is a mart whose program changes. Its storm has a mart in this process at the end only, to judge by.
type upgrade struct {
	*storm
	logs    string // folder of what the programs say
	running *process.Process
	starts  int

	refresh  string                   // somebody's token of the last release
	again    func() (string, error)   // a request that the last release has carried out, sent once more: the order that it is about
	order    string                   // the order that it was about
	accepted map[string]client.Client // operations that the last release has accepted and not decided, and who has asked
	paying   map[string]*buyer        // orders whose payment is accepted and not decided
}

func newUpgrade(t *testing.T) *upgrade {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), stormPatience)
	t.Cleanup(cancel)
	c := config()
	c.Data, c.Database, c.OwnerEmail, c.OwnerPassword = pgtest.Folder(t), "mart", "owner@example.com", "twelve grey geese"
	c.Listen, c.Mail, c.Payments = free(t), free(t), free(t)
	u := &upgrade{storm: &storm{ctx: ctx, received: map[string]int64{}, cfg: c}, logs: t.TempDir(), paying: map[string]*buyer{}, accepted: map[string]client.Client{}}
	u.cfg.Sources = u.retries.watch
	u.dropped(t)
	var err error
	if u.startAt, err = startAtEnds(ctx, c); err != nil {
		t.Fatal(err)
	}
	return u
}

// free is an address of this machine where nobody listens: a mart that is started again is where its buyers know it.
func free(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// dropped leaves nothing of a mart on a Postgres that is not its own, now and at the end.
func (u *upgrade) dropped(t *testing.T) {
	t.Helper()
	drop := func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := postgres.DropDatabase(ctx, u.cfg.Postgres, u.cfg.Database); err != nil {
			t.Error(err)
		}
	}
	if u.cfg.Postgres != "" {
		drop()
		t.Cleanup(drop)
	}
}

// up starts the first program, which is killed at the latest when the test ends.
func (u *upgrade) up(t *testing.T, program string) {
	t.Helper()
	t.Cleanup(func() {
		if u.running != nil {
			_ = u.running.Signal(os.Kill)
			<-u.running.Done()
		}
		if t.Failed() {
			u.showLogs(t)
		}
	})
	if err := u.started(program); err != nil {
		t.Fatal(err)
	}
}

func (u *upgrade) showLogs(t *testing.T) {
	t.Helper()
	for i := range u.starts {
		text, err := os.ReadFile(u.log(i + 1))
		t.Logf("what start %d said: %v\n%s", i+1, err, text)
	}
}

func (u *upgrade) log(start int) string { return fmt.Sprintf("%s/mart-%d.log", u.logs, start) }

// started starts a program on what there is, and returns when it is open.
func (u *upgrade) started(program string) error {
	u.starts++
	log, err := os.Create(u.log(u.starts))
	if err != nil {
		return err
	}
	args := []string{"up", "--empty", "--data", u.cfg.Data, "--listen", u.cfg.Listen, "--mail", u.cfg.Mail, "--owner-email", u.cfg.OwnerEmail}
	if len(u.cfg.Kafka) > 0 {
		args = append(args, "--kafka", strings.Join(u.cfg.Kafka, ","))
	}
	if u.cfg.Postgres != "" {
		args = append(args, "--postgres", u.cfg.Postgres)
	}
	cmd := exec.CommandContext(u.ctx, program, args...)
	cmd.Env = process.Environment(map[string]string{
		"MART_OWNER_PASSWORD": u.cfg.OwnerPassword, "MART_PAYMENTS": u.cfg.Payments, // the last release has no place for its provider
		"ORDER_UNPAID_LIMIT": "0", // a few buyers have some of many cards declined
	})
	cmd.Stdout, cmd.Stderr = log, log
	if u.running, err = process.Start(cmd, syscall.SIGKILL); err != nil {
		return err
	}
	return u.running.Await(u.ctx, 20*time.Millisecond, func(context.Context) error {
		text, err := os.ReadFile(log.Name())
		if err == nil && !bytes.Contains(text, []byte("The mart is open")) {
			err = errors.New("it does not say that it is open")
		}
		return err
	})
}

// stopped has the program end its work, in the middle of whatever buyers do.
func (u *upgrade) stopped() error {
	ctx, cancel := context.WithTimeout(u.ctx, 2*time.Minute)
	defer cancel()
	return u.running.Stop(ctx)
}

// killedUndecided lets the program accept commands while db cannot decide any, and kills it.
func (u *upgrade) killedUndecided() error {
	for i := range 3 {
		o, err := insist[client.Order](u.ctx, u.buyers[i].Client, "/orders", orderOf(u.products[i].ID))
		if err != nil {
			return err
		}
		u.paying[o.ID] = &u.buyers[i]
	}
	held, err := u.connected()
	if err != nil {
		return err
	}
	defer func() { _ = held.Close(context.WithoutCancel(u.ctx)) }() // it ends with the server at the latest
	if _, err := held.Exec(u.ctx, "begin; lock table inbox in exclusive mode"); err != nil {
		return err
	}
	for range 3 {
		if err := u.accept(u.owner, "/brands", map[string]string{"name": unique("Brand")}); err != nil {
			return err
		}
	}
	for order, b := range u.paying {
		if err := u.accept(b.Client, "/payments", map[string]string{"orderId": order, "paymentMethod": "pm_card_visa"}); err != nil {
			return err
		}
	}
	if err := u.running.Signal(os.Kill); err != nil {
		return err
	}
	<-u.running.Done()
	return nil
}

// accept has a command accepted that cannot be decided now.
func (u *upgrade) accept(c client.Client, path string, body any) error {
	a, err := c.Send(u.ctx, http.MethodPost, path, body, client.NewKey(), client.Prefer("respond-async"))
	if err == nil && a.Status != http.StatusAccepted {
		err = fmt.Errorf("POST %s is answered %d %s", path, a.Status, a.Body)
	}
	if at := a.Header.Get("Location"); err == nil && strings.HasPrefix(at, "/operations/") {
		u.accepted[at] = c
	}
	return err
}

// connected is a connection to the mart's database, from outside of it.
func (u *upgrade) connected() (*pgx.Conn, error) {
	if u.cfg.Postgres != "" {
		c, err := pgx.ParseConfig(u.cfg.Postgres)
		if err != nil {
			return nil, err
		}
		c.Database = u.cfg.Database
		return pgx.ConnectConfig(u.ctx, c)
	}
	secret, err := os.ReadFile(u.cfg.Data + "/postgres/secret")
	found, _ := filepath.Glob(u.cfg.Data + "/postgres/*/postmaster.pid") // the pattern is well-formed
	if err != nil || len(found) != 1 {
		return nil, fmt.Errorf("the folder of Postgres has %v: %w", found, err)
	}
	pid, err := os.ReadFile(found[0])
	lines := strings.Split(string(pid), "\n")
	if err != nil || len(lines) < 4 {
		return nil, fmt.Errorf("%s is %q: %w", found[0], pid, err)
	}
	address := url.URL{
		Scheme: "postgres", User: url.UserPassword(postgres.OwnerRole, strings.TrimSpace(string(secret))), Host: "127.0.0.1:" + lines[3], Path: "/" + u.cfg.Database,
	}
	return pgx.Connect(u.ctx, address.String()+"?sslmode=disable")
}

func orderOf(product string) map[string]any {
	return map[string]any{"lines": []client.Line{{ProductID: product, Quantity: 1}}, "shippingAddress": client.Address(canaryName)}
}

// fill makes things to sell, buyers, and what must be known to the next release.
func (u *upgrade) fill(t *testing.T, stock int64) {
	t.Helper()
	at := "http://" + u.cfg.Listen
	u.mart = mart{api: client.New(at), mail: client.New("http://" + u.cfg.Mail)}
	var err error
	if u.owner, err = u.api.EnterFirst(u.ctx, u.cfg.OwnerEmail, u.cfg.OwnerPassword); err != nil {
		t.Fatal(err)
	}
	for range stormProducts {
		p := u.product(u.ctx, t, stock)
		u.products, u.received[p.ID] = append(u.products, p), stock
	}
	for range stormBuyers {
		u.buyers = append(u.buyers, u.buyer(u.ctx, t))
	}
	tokens, err := u.api.Login(u.ctx, client.Storefront, u.buyers[0].email, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	u.refresh = tokens.RefreshToken
	key := client.NewKey()
	u.again = func() (string, error) {
		o, _, err := client.Do[client.Order](u.ctx, u.buyers[0].Client, http.MethodPost, "/orders", orderOf(u.products[0].ID), key)
		return o.ID, err
	}
	if u.order, err = u.again(); err != nil {
		t.Fatal(err)
	}
}

// isKnownAsBefore: who was logged in is, once; what was asked for is not done again; what was ordered is found where it was.
func (u *upgrade) isKnownAsBefore(t *testing.T) {
	t.Helper()
	refreshed := func() (client.Tokens, error) {
		return client.Post[client.Tokens](u.ctx, u.api, "/oauth/token", url.Values{"grant_type": {"refresh_token"}, "client_id": {client.Storefront}, "refresh_token": {u.refresh}})
	}
	tokens, err := refreshed()
	if err != nil {
		t.Fatalf("the refresh token of the last release: %v", err)
	}
	if o, err := client.Get[client.Order](u.ctx, u.api.As(tokens.AccessToken), "/orders/"+u.order); err != nil || o.ID != u.order {
		t.Errorf("the order of the last release: %+v, %v", o, err)
	}
	if order, err := u.again(); err != nil || order != u.order {
		t.Errorf("the request of the last release, once more: order %s, want %s; %v", order, u.order, err)
	}
	_, err = refreshed()
	refused(t, client.Answer{}, err, http.StatusBadRequest, "invalid_grant")
}

// undecidedIsDecided: what the last release has accepted has an outcome.
func (u *upgrade) undecidedIsDecided(t *testing.T) {
	t.Helper()
	if len(u.accepted) < 3 {
		t.Errorf("%d operations were accepted, want 3 or more", len(u.accepted))
	}
	for at, asker := range u.accepted {
		if _, err := client.Until(u.ctx, asker, at, func(o client.Operation) bool { return o.Status == "succeeded" }); err != nil {
			t.Error(err)
		}
	}
	for order, b := range u.paying {
		b.status(u.ctx, t, order, "paid")
	}
}

// judged stops the program, starts this release in this process on what is left, and looks at all of it.
func (u *upgrade) judged(t *testing.T, purchases int) {
	t.Helper()
	if err := u.stopped(); err != nil {
		t.Fatal(err)
	}
	u.cfg.Log = nil
	own, err := laptop.Start(u.ctx, u.cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := own.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	u.own = own
	u.enter(t)
	conn, err := connect(u.ctx, own.Database.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(u.ctx) }()
	u.holds(t, conn)
	var orders int
	if err := conn.QueryRow(u.ctx, "select count(*) from orders").Scan(&orders); err != nil {
		t.Fatal(err)
	}
	if want := purchases + 1 + len(u.paying); orders != want {
		t.Errorf("%d orders were asked for, %d are placed", want, orders)
	}
}

// holds fails for whatever is not as it must be, once everything has come to rest. The broker of mart up keeps no record for long: what became of
// every command is asked of the journal.
func (u *upgrade) holds(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	found := append(u.notQuiescent(conn, restPatience), dbtest.Invariants(u.ctx, conn)...)
	for what, check := range map[string]func(context.Context, *pgx.Conn) ([]string, error){
		"provider": u.checkProvider, "mailbox": u.checkMails, "goods": u.checkReceived,
	} {
		more, err := check(u.ctx, conn)
		if err != nil {
			more = append(more, fmt.Sprintf("%s: could not check: %v", what, err))
		}
		found = append(found, more...)
	}
	decided, _, err := decisions(u.ctx, conn)
	if err != nil {
		t.Fatal(err)
	}
	for id, times := range decided {
		if times > 1 {
			found = append(found, fmt.Sprintf("the command %s was carried out more than once", id))
		}
	}
	for _, v := range found {
		t.Error(v)
	}
}
