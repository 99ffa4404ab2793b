package e2e

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/onlinemart/mart/infra/laptop"
	"github.com/onlinemart/mart/infra/postgres"
)

// mart is a mart as the suite sees it.
type mart struct {
	api      client.Client // as anyone
	mail     client.Client
	payments client.Client // the test gateway's own API; no URL: unknown
	owner    client.Client
}

// patience bounds one test: it is much longer than anything takes, so that a busy machine is no failure.
const patience = 3 * time.Minute

func TestMain(m *testing.M) {
	if os.Getenv(childFunction) != "" {
		os.Exit(runChild())
	}
	code := m.Run()
	if err := stopShared(); err != nil {
		fmt.Fprintln(os.Stderr, "stop the mart of this suite:", err)
		code = 1
	}
	os.Exit(code)
}

// shared is the mart that all parallel tests use, started when the first one asks.
var shared struct {
	once sync.Once
	mart mart
	own  *laptop.Mart
	err  error
}

func theMart(t *testing.T) (mart, context.Context) {
	t.Helper()
	shared.once.Do(func() {
		shared.mart, shared.own, shared.err = open()
	})
	if shared.err != nil {
		t.Fatalf("there is no mart to test: %v", shared.err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return shared.mart, ctx
}

func open() (mart, *laptop.Mart, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	if url := os.Getenv("MART_E2E_URL"); url != "" {
		return openAt(ctx, url)
	}
	_, own, err := start(ctx, config())
	if err != nil {
		return mart{}, nil, err
	}
	m, err := seen(ctx, own)
	return m, own, err
}

// start starts a mart, and tells where its records begin.
func start(ctx context.Context, c laptop.Config) (startOffsets, *laptop.Mart, error) {
	from, err := startAtEnds(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	own, err := laptop.Start(ctx, c)
	return from, own, err
}

// ownMart starts a mart that is this test's alone, with what change makes of the suite's settings, and ends it with the test. On brokers that all
// share it must have them to itself: a test that asks for one is called TestStorm…, and is not parallel.
func ownMart(t *testing.T, within time.Duration, change func(*laptop.Config)) (mart, *laptop.Mart, context.Context) {
	t.Helper()
	needsItsOwnMart(t)
	ctx, cancel := context.WithTimeout(t.Context(), within)
	t.Cleanup(cancel)
	c := config()
	change(&c)
	_, own, err := start(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := end(own); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	m, err := seen(ctx, own)
	if err != nil {
		t.Fatal(err)
	}
	return m, own, ctx
}

// end stops a mart, and leaves nothing of it on a Postgres that is not its own.
func end(own *laptop.Mart) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := own.Stop(ctx)
	if admin := os.Getenv("MART_E2E_POSTGRES"); admin != "" {
		err = errors.Join(err, postgres.DropDatabase(ctx, admin, own.Database.Name))
	}
	return err
}

func openAt(ctx context.Context, url string) (mart, *laptop.Mart, error) {
	m := mart{api: client.By(os.Getenv("MART_E2E_CONNECT"), url), mail: client.New(os.Getenv("MART_E2E_MAIL")), payments: client.New(os.Getenv("MART_E2E_PAYMENTS"))}
	email, password := os.Getenv("MART_OWNER_EMAIL"), os.Getenv("MART_OWNER_PASSWORD")
	if m.mail.URL == "" || email == "" || password == "" {
		return m, nil, errors.New("MART_E2E_URL is set: set MART_E2E_MAIL, MART_OWNER_EMAIL and MART_OWNER_PASSWORD too")
	}
	var err error
	m.owner, err = m.api.EnterFirst(ctx, email, password)
	return m, nil, err
}

// cheapPasswords are hashed with little work, where a test logs in often.
var cheapPasswords = map[string]string{"PASSWORD_MEMORY_KIB": "7168", "PASSWORD_ITERATIONS": "1"}

// config is a mart of the suite's own, in a temporary folder, on the brokers and the Postgres that the environment names.
func config() laptop.Config {
	c := laptop.Config{Empty: true, Room: kafka.AllRoom, Postgres: os.Getenv("MART_E2E_POSTGRES"), LogLevel: cmp.Or(os.Getenv("MART_E2E_LOG"), "error"), Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))}
	if brokers := os.Getenv("MART_E2E_KAFKA"); brokers != "" {
		c.Kafka = strings.Split(brokers, ",")
	}
	c.Sources = commitOften
	c.Env = map[string]string{"PASSWORD_WAIT": "25s", "SESSION_WAIT": "25s", "GATEWAY_TIMEOUT": "28s"} // a busy machine is no failure
	for _, bound := range []string{"ORDER_HOLD_NETWORK", "PAYMENT_DECLINED_NETWORK", "LOGIN_NETWORK", "REGISTER_NETWORK"} {
		c.Env[bound] = "0" // all buyers of all tests are at one address
	}
	c.Database = "mart_e2e_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12]
	return c
}

// seen is a mart of ours as a test sees it.
func seen(ctx context.Context, own *laptop.Mart) (mart, error) {
	m := mart{api: client.New(own.URL), mail: client.New(own.MailURL), payments: client.New(own.PaymentGateway)}
	var err error
	m.owner, err = own.OwnerClient(ctx)
	return m, err
}

func stopShared() error {
	if shared.own == nil {
		return nil
	}
	return end(shared.own)
}

// unique is a name nobody else has.
func unique(prefix string) string { return prefix + "-" + uuid.NewString()[:13] }

// passphrase is every buyer's.
const passphrase = "nine quiet boats on tuesday"

// buyer is a customer with an account of their own.
type buyer struct {
	client.Client
	email string
	id    string
}

func (m mart) buyer(ctx context.Context, t *testing.T) buyer {
	t.Helper()
	b, err := m.register(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (m mart) register(ctx context.Context) (buyer, error) {
	email := unique("buyer") + "@example.com"
	entered, customer, err := m.api.Register(ctx, email, "Ada Buyer", passphrase)
	return buyer{entered, email, customer.ID}, err
}

// product is a published product with so much stock, at 19.99.
func (m mart) product(ctx context.Context, t *testing.T, stock int64) client.Product {
	t.Helper()
	p, err := m.owner.Stocked(ctx, unique("SKU"), unique("Thing"), client.Money{Amount: 1999, Currency: "EUR"}, stock)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// order is one placed order of one line.
func (b buyer) order(ctx context.Context, t *testing.T, product string, quantity int64) client.Order {
	t.Helper()
	o, err := b.Order(ctx, "Ada Buyer", client.Line{ProductID: product, Quantity: quantity})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// ordered is the one piece of a product, whoever has ordered it, and their order.
func (m mart) ordered(ctx context.Context, t *testing.T) (client.Product, buyer, client.Order) {
	t.Helper()
	p, b := m.product(ctx, t, 1), m.buyer(ctx, t)
	return p, b, b.order(ctx, t, p.ID, 1)
}

// stock waits until a product's stock is so much on hand and so much reserved.
func (m mart) stock(ctx context.Context, t *testing.T, product string, onHand, reserved int64) {
	t.Helper()
	if _, err := client.Until(ctx, m.owner, "/stock/"+product, func(s client.Stock) bool {
		return s.OnHand == onHand && s.Reserved == reserved && s.Available == onHand-reserved
	}); err != nil {
		t.Fatalf("want %d on hand, %d reserved: %v", onHand, reserved, err)
	}
}

// status waits until the buyer's order has that status.
func (b buyer) status(ctx context.Context, t *testing.T, order, status string) client.Order {
	t.Helper()
	o, err := client.Until(ctx, b.Client, "/orders/"+order, func(o client.Order) bool { return o.Status == status })
	if err != nil {
		t.Fatalf("want the order %s: %v", status, err)
	}
	return o
}

// refused fails unless the answer is a problem with that status and, where given, that code.
func refused(t *testing.T, a client.Answer, err error, status int, code string) {
	t.Helper()
	if p, ok := errors.AsType[*client.Problem](err); err != nil && !ok {
		t.Fatal(err)
	} else if ok && p.Status == status && (code == "" || p.Code == code) {
		return
	}
	if a.Status != status {
		t.Errorf("got %d %s, want %d %s", a.Status, a.Body, status, code)
		return
	}
	if p := a.Problem(""); code != "" && p.Code != code {
		t.Errorf("got code %q in %s, want %q", p.Code, a.Body, code)
	}
	if kind := a.Header.Get("Content-Type"); status >= 400 && !strings.HasPrefix(kind, "application/problem+json") {
		t.Errorf("the problem comes as %q: %s", kind, a.Body)
	}
}

// answered fails unless the answer has that status.
func answered(t *testing.T, a client.Answer, status int) {
	t.Helper()
	if a.Status != status {
		t.Errorf("got %d %s, want %d", a.Status, a.Body, status)
	}
}

// send is one request that must be answered.
func send(ctx context.Context, t *testing.T, c client.Client, method, path string, body any, headers ...client.Header) client.Answer {
	t.Helper()
	a, err := c.Send(ctx, method, path, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
