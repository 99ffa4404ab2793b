// Package db is the only function with a database. It owns every table, receives every command and every query, and emits every
// result event.
//
// Each noun is one value in the file of its name: what its commands do to its tables, and what is read of it; nouns.go lists them. How a
// command comes to its outcome is the engine's, internal/inbox, which knows none of them, on what internal/pg knows of Postgres.
package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/db/internal/pg"
)

// Config is db's settings.
type Config struct {
	URL               string        `env:"DATABASE_URL, required" secret:"true" doc:"The database, postgres://user:password@host:5432/mart, as the role that reads and writes rows and nothing else."`
	OwnerURL          string        `env:"DATABASE_OWNER_URL" secret:"true" doc:"The same as the role that owns the tables, which migrates at the start; none: somebody else does."`
	Reads             int           `env:"DATABASE_READ_CONNECTIONS, default=8" doc:"Connections for reading; there are 7 more for writing."`
	Horizon           time.Duration `env:"INBOX_HORIZON, default=336h" doc:"Older commands are refused; it must be longer than anything is replayed."`
	RemindAfter       time.Duration `env:"ORDER_REMIND_AFTER, default=3m" doc:"After how long whoever has not paid for an order is mailed that it waits; 0, or longer than ORDER_TTL: never."`
	OrderTTL          time.Duration `env:"ORDER_TTL, default=15m" doc:"How long stock is reserved for an order that nobody pays."`
	OrderLimit        int           `env:"ORDER_OPEN_LIMIT, default=20" doc:"Orders that one customer may leave unpaid at a time; 0: any number."`
	HoldLimit         int64         `env:"ORDER_HOLD_LIMIT, default=100" doc:"Pieces of one product that the unpaid orders of one customer, or of one guest, may hold together; 0: any number."`
	HoldTotal         int64         `env:"ORDER_HOLD_TOTAL, default=100" doc:"Pieces of all products that the unpaid orders of one guest, or of one customer who has not confirmed their e-mail address, may hold together; 0: any number."`
	HoldNetwork       int64         `env:"ORDER_HOLD_NETWORK, default=300" doc:"Pieces that the unpaid orders of all guests, and of all customers who have not confirmed their e-mail address, at one network (an IPv4 address, or an IPv6 /64) may hold together; 0: any number."`
	UnpaidLimit       int           `env:"ORDER_UNPAID_LIMIT, default=5" doc:"Orders an hour that are not paid, cancelled and expired ones too, of one customer who has not confirmed their e-mail address, and for one mailbox from one network of guests; 0: any number."`
	UnprovenMails     int           `env:"MAIL_UNPROVEN_LIMIT, default=6" doc:"Mails about one thing (unpaid orders, an account, its password, warnings) to one mailbox of which nobody has shown that it is theirs: at once, and again each hour; what is over it is not sent, and GET /notifications says so; 0: any number."`
	Declined          int           `env:"PAYMENT_DECLINED_LIMIT, default=10" doc:"Payments of one order that may be declined, and three times as many of one customer within a day; 0: any number."`
	DeclinedAtNetwork int           `env:"PAYMENT_DECLINED_NETWORK, default=100" doc:"Payments that may be declined within a day of all who pay from one network (an IPv4 address, or an IPv6 /64); whoever has paid for an order there or elsewhere more than a day ago is refused at three times as many; 0: any number."`
	LowStock          int64         `env:"STOCK_LOW_AT, default=5" doc:"From how few on that can be sold a product is low, of which staff are told when it becomes so; -1: none ever is."`
	CartLife          time.Duration `env:"CART_TTL, default=720h" doc:"How long a cart is kept that nobody changes; an empty one a day at most."`
	CartAbandoned     time.Duration `env:"CART_ABANDONED_AFTER, default=24h" doc:"How long a cart must be left alone to count as abandoned, which is told once (cart.abandoned); 0: it never does."`
	PerPlace          int           `env:"LOGIN_PER_PLACE, default=10" doc:"Wrong passwords at one account from one network or device: at once, and again each hour."`
	Strangers         int           `env:"LOGIN_BY_STRANGERS, default=30" doc:"The same from all places together from which nobody has logged in before."`
	LoginNetwork      int           `env:"LOGIN_NETWORK, default=300" doc:"Wrong passwords from one network (an IPv4 address, or an IPv6 /64) at all accounts together: at once, and again each hour; 0: any number. Whoever logs in from a device or a network that is known at their account goes on."`
	RegisterNetwork   int           `env:"REGISTER_NETWORK, default=100" doc:"Accounts that are made from one network, over all instances: at once, and again each hour; 0: any number."`

	PersonKeys bool `env:"PERSON_KEYS, default=true" doc:"What is kept of a person is encrypted with a key of their own; false: with EVENT_PERSONAL_KEYS, as before there were such keys, while functions of a release before them run."`

	faults inbox.Faults // none in production
}

// Check looks at the addresses; it connects to nobody.
func (c Config) Check() error {
	_, app := pgxpool.ParseConfig(c.URL)
	_, owner := pgxpool.ParseConfig(c.OwnerURL)
	var faults []error
	for setting, broken := range map[string]error{"DATABASE_URL": app, "DATABASE_OWNER_URL": owner} {
		if broken != nil { // and may quote a password
			faults = append(faults, fmt.Errorf("%s is not a Postgres address; want postgres://user:password@host:5432/database", setting))
		}
	}
	if c.LowStock < -1 {
		faults = append(faults, fmt.Errorf("STOCK_LOW_AT is %d: set it to 0 or more, or to -1 for none", c.LowStock))
	}
	if c.RemindAfter < 0 {
		faults = append(faults, fmt.Errorf("ORDER_REMIND_AFTER is %s: set it to a time such as 3m, or to 0 for none", c.RemindAfter))
	}
	return errors.Join(faults...)
}

// Store is the database behind db's port.
type Store = inbox.Store

// Open migrates, connects and begins to work. Error: one line that says which setting or server is wrong.
func Open(ctx context.Context, c Config, p *bus.Publisher, k *events.Keys, log *slog.Logger, r prometheus.Registerer) (*inbox.Store, error) {
	o, err := connect(ctx, c, p, k, log, r)
	if err != nil {
		return nil, err
	}
	o.Tracer = p.Tracer()
	return open(ctx, o)
}

// connect migrates, and connects to a database that is as this program needs it.
func connect(ctx context.Context, c Config, p inbox.Publisher, k *events.Keys, log *slog.Logger, r prometheus.Registerer) (o inbox.Options, err error) {
	if c.OwnerURL != "" {
		err = Migrate(ctx, c.OwnerURL, log)
	} else {
		err = checkSchema(ctx, c.URL, log)
	}
	if err != nil {
		return o, err
	}
	o = inbox.Options{
		Nouns: nouns, Accounts: accounts, Limits: limitsOf(c), Publisher: p, Keys: k, Log: log, Metrics: r, Horizon: c.Horizon, PersonKeys: c.PersonKeys, Faults: c.faults,
	}
	if o.Writes, err = pg.Open(ctx, c.URL, inbox.WriteConnections, pg.Writing); err != nil {
		return o, err
	}
	if o.Reads, err = pg.Open(ctx, c.URL, int32(max(c.Reads, 2)), pg.Reading); err != nil {
		o.Writes.Close()
		return o, err
	}
	if err = o.Reads.Ping(ctx); err != nil {
		err = fmt.Errorf("reach Postgres (DATABASE_URL): %w", err)
	} else {
		err = checkKeys(ctx, o.Writes, k)
	}
	if err != nil {
		o.Writes.Close()
		o.Reads.Close()
	}
	return o, err
}

// open begins to work.
func open(ctx context.Context, o inbox.Options) (*inbox.Store, error) {
	o.PersonTable = &personTable{reads: o.Reads, writes: o.Writes, keys: o.Keys, closes: o.PersonKeys}
	s, err := newStore(ctx, o)
	if err != nil {
		o.Writes.Close()
		o.Reads.Close()
		return nil, err
	}
	s.Start()
	return s, nil
}

func newStore(ctx context.Context, o inbox.Options) (*inbox.Store, error) {
	if kafka, sendsAgain := o.Publisher.(resender); sendsAgain {
		errands, err := newLetterErrands(kafka, o)
		if err != nil {
			return nil, err
		}
		o.Publisher, o.Background = errands, append(o.Background, errands.work)
	}
	return inbox.New(ctx, o)
}
