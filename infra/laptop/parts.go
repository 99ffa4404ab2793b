package laptop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/kafka"
	"github.com/onlinemart/mart/infra/mailbox"
	"github.com/onlinemart/mart/infra/paymentgateway"
	"golang.org/x/sync/errgroup"
)

// startParts starts what the functions stand on, all at once.
func (m *Mart) startParts(ctx context.Context) error {
	parts, ctx := errgroup.WithContext(ctx)
	closers := make(chan closer, 5)
	for what, start := range map[string]func(context.Context) (func(context.Context) error, error){
		"broker": m.startBroker, "database": m.startDatabase, "mail inbox": m.startMail, "payment gateway": m.startPayments, "metrics": m.startMetrics,
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
	m.Inbox, err = mailbox.Start(ctx, mailbox.Config{HTTP: m.cfg.Mail, DataDir: m.folder.file("mail"), Pictures: []string{m.URL, cmp.Or(m.cfg.Storefront, m.URL)}, Log: m.cfg.Log})
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
		Shop:       cmp.Or(m.cfg.Settings[events.Notification]["SHOP_NAME"], m.cfg.Env["SHOP_NAME"]), // the same as in mails
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
