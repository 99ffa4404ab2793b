package notification

import (
	"context"
	"errors"
	"net/http"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/web"
)

var (
	readers = web.Access{Staff: events.NotificationsR}
	writers = web.Access{Staff: events.NotificationsRW}
)

// Routes declares what comes in by HTTP. again sends a mail once more, letters writes the examples.
func Routes(api *web.API, again func(ctx context.Context, n events.NotificationState, token string) (events.Outgoing, error), letters composer) {
	r := routes{api: api, again: again}
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/notifications/preview/{kind}", ID: "previewNotification",
		Summary: "See what a mail looks like", Description: previewDescription, Access: readers, Answers: []string{pageType, textType},
	}, letters.preview)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/notifications", ID: "listNotifications",
		Summary:     "List mails to customers and staff",
		Description: "Which mails went to whom about what, the newest first, and whether they were sent: not what they said, and not to which address." + web.Listing,
		Access:      readers, Sorts: []string{"-createdAt"},
	}, r.list)
	web.Read(api, web.Route{
		Method: http.MethodGet, Path: "/notifications/{id}", ID: "getNotification",
		Summary: "Read about a mail",
		Description: "status tells whether it was sent, attempts how often that was tried, reason why it failed. Mails to an address that nobody has shown to be theirs are bounded " +
			"(MAIL_UNPROVEN_LIMIT): one too many is failed at once, and staff may send it once more. That an order which nobody has paid is over is not mailed to a guest " +
			"who was mailed nothing of it before. What it said is not kept; GET /notifications/preview/{kind} shows what " +
			"such a mail looks like.",
		Access: readers,
	}, r.get)
	web.Change(api, web.Route{
		Method: http.MethodPost, Path: "/notifications/{id}/resend", ID: "resendNotification",
		Summary: "Send a mail once more",
		Description: "It is written anew, about things as they are now, and sent to the address that its reader has now, before the answer: status says whether the mail server took it. " +
			"With the same `Idempotency-Key` it is sent once. 409 `in_progress`: it is being sent. 409 `reset_closed`, `verification_closed`: its link is good for nothing any " +
			"more. 409 `erased`: its reader is. 503 `mail_server_unavailable`: it is sent as soon as the mail server takes it.",
		Access: writers, RequireIdempotencyKey: true,
	}, web.Write[resendIn, events.NotificationState, Notification]{
		Command: r.resend, SideEffects: true, Done: events.NotificationRecorded, Status: http.StatusOK, Show: show,
		Version: version,
	})
}

// Notification is a mail as the staff see it: not what it says, and not to which address.
type Notification struct {
	web.Meta
	Kind       events.NotificationKind   `json:"kind" enum:"order_reminder,order_confirmation,order_cancellation,part_cancelled,order_expiry,order_shipment,order_arrival,return_requested,return_approved,return_refused,return_received,refund_notice,welcome,login_warning,password_reset,email_verification,account_exists,invitation,email_change,email_changed,low_stock" doc:"What it is about." example:"order_confirmation"`
	CustomerID string                    `json:"customerId,omitempty" format:"uuid" doc:"Whose mail it is; absent where it is to a member of staff, or to a guest about their order." example:"102527d5-03f2-5370-a372-3748397623d5"`
	UserID     string                    `json:"userId,omitempty" format:"uuid" doc:"The member of staff whose mail it is."`
	OrderID    string                    `json:"orderId,omitempty" format:"uuid" doc:"The order that it is about." example:"e79b8ac6-2bb7-5c32-b7d6-8ef4390827fd"`
	ProductID  string                    `json:"productId,omitempty" format:"uuid" doc:"Of a mail that it is low."`
	Language   events.Language           `json:"language,omitempty" doc:"That it is written in; absent: the shop's own."`
	Status     events.NotificationStatus `json:"status" enum:"sending,sent,failed" doc:"sending: it is being sent, or tried again; sent: the mail server has taken it; failed: nobody tries again, see reason; also where it was one too many to an address that nobody has shown to be theirs." example:"sent"`
	Attempts   int                       `json:"attempts" minimum:"0" doc:"How often it was tried; 0: never, because it was one too many, see reason." example:"1"`
	MessageID  string                    `json:"messageId" doc:"RFC 5322, the same at every attempt." example:"<0198c6f2@mart.example>"`
	Reason     string                    `json:"reason,omitempty" doc:"Why it failed, or was not tried."`
}

type listIn struct {
	web.Paging
	OrderID    web.ID                    `query:"orderId" format:"uuid" doc:"Only about this order."`
	CustomerID web.ID                    `query:"customerId" format:"uuid" doc:"Only to this customer."`
	Kind       events.NotificationKind   `query:"kind" enum:"order_reminder,order_confirmation,order_cancellation,part_cancelled,order_expiry,order_shipment,order_arrival,return_requested,return_approved,return_refused,return_received,refund_notice,welcome,login_warning,password_reset,email_verification,account_exists,invitation,email_change,email_changed,low_stock" doc:"Only of this kind."`
	Status     events.NotificationStatus `query:"status" enum:"sending,sent,failed" doc:"Only those that are there now: with failed, those that nobody tries to send any more."`
}

type getIn struct {
	web.Cached
	ID web.ID `path:"id" format:"uuid"`
}

type resendIn struct {
	web.PreferInput
	ID web.ID `path:"id" format:"uuid"`
}

type routes struct {
	api   *web.API
	again func(ctx context.Context, n events.NotificationState, claim string) (events.Outgoing, error)
}

func (r routes) list(ctx context.Context, in *listIn) (*web.List[Notification], error) {
	page, err := bus.Ask(ctx, r.api.Asker(), events.ListNotifications, events.NotificationFilter{
		Paging: in.Page(), OrderID: string(in.OrderID), CustomerID: string(in.CustomerID), Kind: in.Kind, Status: in.Status,
	})
	if err != nil {
		return nil, err
	}
	return web.ShowPage(ctx, page, web.NoStore, show), nil
}

func (r routes) get(ctx context.Context, in *getIn) (*web.Document[Notification], error) {
	n, err := bus.Ask(ctx, r.api.Asker(), events.GetNotification, events.Lookup{ID: string(in.ID), MinVersion: in.MinVersion})
	if err != nil {
		return nil, err
	}
	return web.Show(in.Cached, n.Version, web.NoStore, show(n)), nil
}

// resend sends the mail before it answers, and records that. The claim is the Idempotency-Key's: repeated, the request claims nothing new.
func (r routes) resend(ctx context.Context, in *resendIn) (events.Outgoing, error) {
	n, err := bus.Ask(ctx, r.api.Asker(), events.GetNotification, events.Lookup{ID: string(in.ID)})
	if err != nil {
		return events.Outgoing{}, err
	}
	return r.again(ctx, n, web.DerivedID(ctx, "claim"))
}

// errSending is for whoever repeats a request while another one under the same key sends the mail.
var errSending = events.Refuse("in_progress", "The mail is being sent.")

// resent is the fingerprint of all claims of one request: which of them came first is told by the token of what was claimed.
const resent = "resend"

// again sends a mail once more because the caller, a member of staff, wants it. It returns how that is recorded. Of the requests under one
// key, at whatever moment, one sends: whose token has the claim. Error: Problem in_progress when another one did not come to an end in time.
func (m *mailer) resend(ctx context.Context, n events.NotificationState, claim string) (events.Outgoing, error) {
	l, own := letterOf(n), events.NewID()
	l.again = true
	claimed, err := m.db.claim(ctx, l.claim(own).WithID(claim, resent))
	if err != nil {
		return events.Outgoing{}, err
	}
	if claimed.Token != own {
		return m.sentBy(ctx, n, claimed)
	}
	result, err := m.writeAndSend(ctx, l, claimed)
	if err != nil {
		return events.Outgoing{}, errors.Join(err, &events.Problem{
			Status: http.StatusServiceUnavailable, Code: "mail_server_unavailable", Detail: "The mail server does not take the mail right now; it is sent as soon as it does.",
		})
	}
	return events.RecordNotification.New(n.ID, result), nil
}

// sentBy waits until another request under the same key has recorded how its mail ended, which is then the answer to both.
func (m *mailer) sentBy(ctx context.Context, n, claimed events.NotificationState) (events.Outgoing, error) {
	if n.Version <= claimed.Version {
		var err error
		if n, err = m.db.notification(ctx, n.ID, claimed.Version+1); errors.Is(err, &events.Problem{Code: "not_yet"}) {
			return events.Outgoing{}, errSending
		} else if err != nil {
			return events.Outgoing{}, err
		}
	}
	result := events.NotificationResult{Status: events.NotificationSent, Token: claimed.Token}
	if n.Status == events.NotificationFailed {
		result.Status, result.Reason = n.Status, n.Reason
	}
	return events.RecordNotification.New(n.ID, result), nil
}

func show(n events.NotificationState) Notification {
	return Notification{
		Meta: web.MetaOf(n.Meta), Kind: n.Kind, CustomerID: customerOf(n), UserID: n.UserID, OrderID: n.OrderID, ProductID: n.ProductID, Language: n.Language, Status: n.Status, Attempts: n.Attempts, MessageID: n.MessageID, Reason: n.Reason,
	}
}

func version(n events.NotificationState) int64 { return n.Version }

// customerOf is whose mail it is; "": nobody's who has an account, a guest's or a member of staff's.
func customerOf(n events.NotificationState) string {
	if n.CustomerID == n.OrderID {
		return ""
	}
	return n.CustomerID
}
