// Package notification is the function that writes to customers and staff: which mail goes out, to whom, and once.
//
// It owns the routes under /notifications, emits the commands notification.claim and notification.record, and reacts to
// order.waiting, order.paid, order.cancelled, order.partCancelled, order.expired, order.fulfilled, order.delivered, what becomes of returns, payment.refunded, customer.registered, login.attacked, reset.issued, verification.issued, verification.changeRequested, verification.emailChanged, inventory.low, to notification.due when a mail's sender has
// gone missing, and to notification.claimed by going on with the mail that it has claimed.
package notification

import (
	"context"
	"log/slog"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/effect"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Config is what the function reads from its environment, besides what every function does.
type Config struct {
	Tokens  web.TokenSettings
	SMTP    SMTPConfig
	Effects effect.Settings
	Pages   Pages
	Shop    Shop
}

// New is the function.
func New() *boot.Function {
	return boot.New(events.Notification, build, Config{}).Described(web.Describe(events.Notification, about, func(api *web.API) { Routes(api, nil, composer{}) }))
}

const about = "Mails to customers."

func build(ctx context.Context, r *boot.Runtime) (boot.Service, error) {
	var c Config
	if err := r.Configure(ctx, &c); err != nil {
		return boot.Service{}, err
	}
	rule, err := effect.NewRule(c.Effects, r.Metrics)
	if err != nil {
		return boot.Service{}, err
	}
	letters, err := newComposer(c.Shop, c.Pages)
	if err != nil {
		return boot.Service{}, err
	}
	sender, err := newSMTPSender(c.SMTP)
	if err != nil {
		return boot.Service{}, err
	}
	send, err := measure(sender.send, r.Metrics)
	if err != nil {
		return boot.Service{}, err
	}
	api := web.NewAPI(r, web.NewRemoteVerifier(c.Tokens))
	claims := newClaimListener()
	m := &mailer{rule: rule, db: dbClient{db: r.Caller(), keys: r.Keys, claims: claims}, claims: claims, send: send, log: r.Log, keys: r.Keys, letters: letters}
	Routes(api, m.resend, letters)
	return boot.Service{API: api, Reactions: m.reactions()}, nil
}

// store is what this function asks of db.
type store interface {
	// claim asks for the right to send a mail. Errors: Problems already_sent, in_progress, not_found, order_state, reset_closed, verification_closed, and erased for a mail
	// that is wanted once more; anything else means try again.
	claim(ctx context.Context, command events.Outgoing) (events.NotificationState, error)
	// claimByEvent is claim for an event's mail, which mostly costs db no question (claim.go): it may take its time to learn of a refusal.
	claimByEvent(ctx context.Context, command events.Outgoing) (events.NotificationState, error)
	order(ctx context.Context, id string) (events.OrderState, error)
	// reset reads a reset as it is now. Error: Problem not_found when there is a newer one.
	reset(ctx context.Context, id string) (events.ResetState, error)
	// verification reads a verification as it is now. Error: Problem not_found when there is a newer one.
	verification(ctx context.Context, id string) (events.VerificationState, error)
	// product reads a product as it is now, with how many can be sold. Error: Problem not_found when it is not for sale any more.
	product(ctx context.Context, id string) (events.ProductState, error)
	// staffWho are those of the staff who may do something, by their ids.
	staffWho(ctx context.Context, may events.Permission) ([]string, error)
	// notification reads a mail as it is now, at least in that version, for which it waits. Errors: Problem not_found when nobody has claimed
	// it yet, not_yet when the version has not come.
	notification(ctx context.Context, id string, version int64) (events.NotificationState, error)
}

// dbClient is the store that asks db.
type dbClient struct {
	db     bus.Caller
	keys   *events.Keys
	claims *claimListener
}

func (c dbClient) order(ctx context.Context, id string) (events.OrderState, error) {
	return bus.Ask(ctx, c.db.Asker, events.GetOrder, events.OwnedLookup{ID: id})
}

func (c dbClient) product(ctx context.Context, id string) (events.ProductState, error) {
	return bus.Ask(ctx, c.db.Asker, events.GetProduct, events.Lookup{ID: id})
}

func (c dbClient) staffWho(ctx context.Context, may events.Permission) ([]string, error) {
	found, err := bus.Ask(ctx, c.db.Asker, events.FindStaff, events.StaffQuestion{May: may})
	return found.IDs, err
}

func (c dbClient) reset(ctx context.Context, id string) (events.ResetState, error) {
	return bus.Ask(ctx, c.db.Asker, events.GetReset, events.Lookup{ID: id})
}

func (c dbClient) verification(ctx context.Context, id string) (events.VerificationState, error) {
	return bus.Ask(ctx, c.db.Asker, events.GetVerification, events.Lookup{ID: id})
}

func (c dbClient) notification(ctx context.Context, id string, version int64) (events.NotificationState, error) {
	return bus.Ask(ctx, c.db.Asker, events.GetNotification, events.Lookup{ID: id, MinVersion: version})
}

// mailer writes mails: it claims, sends and records.
type mailer struct {
	rule    effect.Rule
	db      store
	claims  *claimListener
	send    func(ctx context.Context, m mail) error
	log     *slog.Logger
	keys    *events.Keys // with which links are made
	letters composer
}
