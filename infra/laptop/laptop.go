package laptop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/onlinemart/mart/infra/mailbox"
	"github.com/onlinemart/mart/infra/paymentgateway"
	"github.com/onlinemart/mart/infra/postgres"
	"golang.org/x/sync/errgroup"
)

// Mart is a running mart.
type Mart struct {
	URL            string // the gateway: the public API
	MailURL        string // the inbox; "" when mail goes to a server elsewhere
	SMTP           string // where mail is sent
	PaymentGateway string // the test provider
	Payments       *paymentgateway.Gateway
	Inbox          *mailbox.Inbox   // nil with Config.SMTP
	Postgres       *postgres.Server // nil with Config.Postgres
	Database       postgres.Database
	Kafka          []string
	Broker         *kafka.Broker // nil with Config.Kafka
	Owner          Owner
	Folder         string
	Temporary      bool // Stop removes the folder

	cfg       Config
	folder    *folder
	secrets   map[string]string
	functions map[events.Function]*function
	sources   *sources
	closers   []closer // in the order in which things started
	failed    chan error
}

// Owner is the first member of staff.
type Owner struct {
	Email    string
	Password string // "" unless it was given, or made up at this start, and not refused at a first start
	New      bool   // Password was made up, and nobody has seen it yet: show it, and say so (Shown)
}

type closer struct {
	what  string
	close func(ctx context.Context) error
}

// readyWithin bounds a start. A first start may have to download a Postgres.
const readyWithin = 3 * time.Minute

// Start starts everything at once and returns when the mart sells. Errors are one line that says what to do.
func Start(ctx context.Context, cfg Config) (*Mart, error) {
	m := &Mart{cfg: cfg.withDefaults(), functions: map[events.Function]*function{}, failed: make(chan error, 1)}
	starting, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	if err := m.start(starting); err != nil {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWithin)
		defer cancel()
		if stopped := m.Stop(stopping); stopped != nil {
			m.cfg.Log.Debug("what had started did not stop cleanly", "reason", stopped)
		}
		return nil, m.explain(err)
	}
	return m, nil
}

// explain says what is the matter when there is no space left: whoever wrote when it was says only what they could not do.
func (m *Mart) explain(err error) error {
	if errors.Is(err, syscall.ENOSPC) || strings.Contains(strings.ToLower(err.Error()), syscall.ENOSPC.Error()) {
		return fmt.Errorf("no space is left on the disk of the data folder %s: free some and start again, or choose another folder with --data (%w)", cmp.Or(m.Folder, m.cfg.Data), err)
	}
	return err
}

func (m *Mart) start(ctx context.Context) error {
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"data folder and ports", m.prepare},
		{"broker, database, mail, payments", m.startParts},
		{"owner's first password", m.firstPassword},
		{"functions and sources", m.startFunctions},
		{"owner", m.findOwner},
		{"demo catalogue", m.fillCatalogue},
	} {
		begin := time.Now()
		if err := step.do(ctx); err != nil {
			return err
		}
		m.cfg.Phase(step.what, time.Since(begin))
	}
	return nil
}

// prepare takes the folder and every port, so that what is in the way is said before anything runs.
func (m *Mart) prepare(ctx context.Context) error {
	var err error
	if m.folder, err = openFolder(ctx, m.cfg.Data); err != nil {
		return err
	}
	m.closeLater("data folder", func(context.Context) error { return m.folder.leave() })
	m.Folder, m.Temporary = m.folder.path, m.folder.temporary
	if m.secrets, err = m.folder.loadSecrets(); err != nil {
		return err
	}
	if m.cfg.Postgres == "" && m.folder.marked(ownerMark) && !m.folder.marked("postgres") {
		return m.lostDatabase("is gone from it")
	}
	m.Owner = Owner{Email: m.cfg.OwnerEmail, Password: m.cfg.OwnerPassword}
	if err := m.recallOwner(); err != nil {
		return err
	}
	if err := m.cfg.portsAreFree(ctx); err != nil {
		return err
	}
	for _, f := range events.Functions() {
		address := "127.0.0.1:0"
		if f == events.Gateway {
			address = m.cfg.Listen
		}
		running, err := open(ctx, f, address)
		if err != nil && f == events.Gateway {
			return portError("--listen", address, err)
		}
		if err != nil {
			return fmt.Errorf("open a port for the function %s: %w", f, err)
		}
		m.functions[f] = running
	}
	m.URL = m.functions[events.Gateway].url
	return nil
}

// startParts starts what the functions stand on, all at once.
func (m *Mart) startParts(ctx context.Context) error {
	parts, ctx := errgroup.WithContext(ctx)
	closers := make(chan closer, 4)
	for what, start := range map[string]func(context.Context) (func(context.Context) error, error){
		"broker": m.startBroker, "database": m.startDatabase, "mail inbox": m.startMail, "payment gateway": m.startPayments,
	} {
		parts.Go(func() error {
			begin := time.Now()
			end, err := start(ctx)
			if end != nil {
				closers <- closer{what, end}
			}
			m.cfg.Phase("  "+what, time.Since(begin))
			return err
		})
	}
	err := parts.Wait()
	close(closers)
	for c := range closers {
		m.closers = append(m.closers, c)
	}
	return err
}

// startBroker starts a Kafka unless there is one, and makes the topics.
func (m *Mart) startBroker(ctx context.Context) (end func(context.Context) error, err error) {
	m.Kafka = m.cfg.Kafka
	if len(m.Kafka) == 0 {
		if m.folder.marked(ownerMark) && !m.folder.marked("kafka") {
			m.cfg.Log.Warn("the broker begins anew: its folder is not there. What was decided is in the database; what had not been delivered yet is lost",
				"folder", m.folder.file("kafka"))
		}
		m.Broker, err = kafka.Start(ctx, kafka.Config{DataDir: m.folder.file("kafka"), Log: m.cfg.Log})
		if err != nil {
			return nil, err
		}
		m.Kafka = []string{m.Broker.Address()}
		end = func(context.Context) error { return m.Broker.Close() }
	}
	if err := kafka.EnsureTopics(ctx, m.Kafka, m.topics()); err != nil || m.Broker == nil {
		return end, err
	}
	stop := m.Broker.KeepRoom(events.Topics(), m.cfg.Room, m.cfg.Log)
	return func(context.Context) error {
		stop()
		return m.Broker.Close()
	}, nil
}

// topics are those of any mart; on the broker of our own their files are small enough to go one by one.
func (m *Mart) topics() []kafka.Topic {
	topics := Topics(m.cfg)
	for i := range topics {
		if m.Broker != nil {
			topics[i].Bounds["segment.bytes"] = strconv.Itoa(m.cfg.Room.Segment)
		}
	}
	return topics
}

func (m *Mart) startMail(ctx context.Context) (end func(context.Context) error, err error) {
	if m.cfg.SMTP != "" {
		m.SMTP = m.cfg.SMTP
		return nil, m.greetsMail(ctx)
	}
	m.Inbox, err = mailbox.Start(ctx, mailbox.Config{HTTP: m.cfg.Mail, DataDir: m.folder.file("mail"), Log: m.cfg.Log})
	if err != nil {
		return nil, portError("--mail", m.cfg.Mail, err)
	}
	m.SMTP, m.MailURL = m.Inbox.SMTPAddress(), urlOf(strings.TrimPrefix(m.Inbox.URL(), "http://"))
	return m.Inbox.Close, nil
}

// greetsMail looks whether a mail server answers where one was named.
func (m *Mart) greetsMail(ctx context.Context) error {
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", m.cfg.SMTP)
	if err != nil {
		return fmt.Errorf("no mail server answers at %s (--smtp): start it there, or correct the address: %w", m.cfg.SMTP, err)
	}
	return conn.Close()
}

func (m *Mart) startPayments(ctx context.Context) (end func(context.Context) error, err error) {
	if m.cfg.Stripe.Key != "" {
		return nil, nil
	}
	m.Payments, err = paymentgateway.Open(paymentgateway.Config{
		DataDir: m.folder.file("payments"), Key: m.secrets["PAYMENT_PROVIDER_KEY"], Log: m.cfg.Log,
		WebhookURL: m.URL + "/payments/webhooks/stripe", WebhookSecret: m.secrets["PAYMENT_WEBHOOK_SECRET"],
		WebhookEvents: webhookEvents, WebhookDelay: 250 * time.Millisecond,
	})
	if err != nil {
		return nil, err
	}
	m.Payments.Advance(m.cfg.ProviderAhead)
	url, stop, err := serveUntilClosed(ctx, "--payments", m.cfg.Payments, m.Payments)
	m.PaymentGateway = url
	return func(ctx context.Context) error {
		if stop == nil {
			return m.Payments.Close()
		}
		return errors.Join(stop(ctx), m.Payments.Close())
	}, err
}

// At is the address of a function's own port.
func (m *Mart) At(f events.Function) string { return m.functions[f].url }

// Topics is every topic that a mart of c needs as `mart up` makes it.
func Topics(c Config) []kafka.Topic {
	var topics []kafka.Topic
	for _, name := range c.withDefaults().topics() {
		count := partitionsOfEvents
		if events.IsCommandTopic(name) {
			count = partitions
		}
		topics = append(topics, kafka.Topic{Name: name, Partitions: count, Bounds: kafka.BoundsOf(name)})
	}
	return topics
}

// webhookEvents is what the mart cannot learn from the provider's answers: what became of a payment after its customer was sent
// away to confirm it.
var webhookEvents = []string{"payment_intent.amount_capturable_updated", "payment_intent.payment_failed"}
