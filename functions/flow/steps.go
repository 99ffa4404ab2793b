package flow

import (
	"cmp"

	"github.com/onlinemart/mart/events"
)

// stepsOf is the hops of an entry: how the command came, db's transaction, and the events that tell of it.
func stepsOf(e events.JournalEntry, t Tree) []Step {
	steps := comingOf(e, t)
	decided := Step{
		ID: e.ID + "/transaction", Kind: Transaction, Lane: string(events.DB), Name: Short(e.Type), Subject: e.Subject, By: e.By,
		At: e.ReceivedAt, Until: e.DecidedAt, Outcome: Done, Refusal: Why(e),
	}
	if decided.Refusal != nil {
		decided.Outcome = Outcome(e.Outcome)
	}
	if len(steps) > 0 {
		decided.Parent = steps[len(steps)-1].ID
	}
	steps = append(steps, decided)
	for _, r := range e.Results {
		steps = append(steps, Step{
			ID: r.ID, Parent: decided.ID, Kind: Event, Lane: string(events.DB), Name: Short(r.Type), Subject: r.Subject, At: e.DecidedAt, Outcome: Done, Data: r.Data,
		})
		for _, f := range t.unheard(r) {
			steps = append(steps, Step{ID: r.ID + "/" + string(f), Parent: r.ID, Kind: Delivery, Lane: string(f), Name: Short(r.Type), Subject: r.Subject, At: e.DecidedAt, Outcome: Open})
		}
	}
	return steps
}

// comingOf is how a command came to db: from a request, or from a function that an event woke; none of a deadline that has passed.
func comingOf(e events.JournalEntry, t Tree) []Step {
	if e.Outcome == due {
		return nil
	}
	sender := string(events.Envelope{Source: e.Source}.From())
	command := Step{ID: e.ID + "/command", Kind: Command, Lane: sender, Name: Short(e.Type), Subject: e.Subject, By: e.By, At: e.AskedAt, Until: e.ReceivedAt, Outcome: Done}
	var steps []Step
	delivery := t.deliveryOf(e)
	if cause := t.cause(e); cause != nil {
		if delivery == e.ID+deliveryStep {
			steps = append(steps, Step{
				ID: delivery, Parent: cause.ID, Kind: Delivery, Lane: sender, Name: Short(cause.Type), Subject: cause.Subject,
				At: cause.by.DecidedAt, Until: e.AskedAt, Outcome: Done,
			})
		}
	} else if e.By.Type != events.System {
		steps = append(steps, Step{ID: e.ID + "/request", Kind: Request, Lane: Outside, Name: Short(e.Type), Subject: e.Subject, By: e.By, At: e.AskedAt, Outcome: Done})
	}
	if outside, made := effectOf(e, t); made {
		steps = append(steps, outside)
	}
	steps = append(steps, command)
	for i := range steps {
		if i > 0 {
			steps[i].Parent = steps[i-1].ID
		} else if steps[i].Kind != Delivery {
			steps[i].Parent = delivery
		}
	}
	return steps
}

const deliveryStep = "/delivery"

// deliveryOf is the step of the delivery from which a command came: one delivery may lead to several, the first of which tells of it. "" where no
// event led to it.
func (t Tree) deliveryOf(e events.JournalEntry) string {
	for _, first := range t.After[e.Causation] {
		if first.Source == e.Source {
			return first.ID + deliveryStep
		}
	}
	return ""
}

// effectOf is what was done outside the mart, of which the command tells how it went.
func effectOf(e events.JournalEntry, t Tree) (s Step, made bool) {
	s = Step{ID: e.ID + "/outside", Subject: e.Subject, At: e.AskedAt, Until: e.AskedAt, Outcome: Done}
	cause := t.cause(e)
	if cause != nil {
		s.At = cause.by.DecidedAt
		for _, before := range t.After[e.Causation] { // a mail is claimed before it is sent
			if before.Type == events.ClaimNotification.Type() && before.Subject == e.Subject && before.Number < e.Number {
				s.At = before.DecidedAt
			}
		}
	}
	switch e.Type {
	case events.RecordPayment.Type():
		s.Kind, s.Lane, s.Name = Provider, Payments, "says by itself"
		if cause != nil {
			was := read(cause.JournalResult)
			if was.payment != nil {
				s.Name = cmp.Or(string(was.payment.Step), string(events.RefundStep))
			}
		}
		for _, r := range e.Results {
			if now := read(r); now.payment != nil {
				s.Attempts = max(s.Attempts, now.payment.Attempts)
				if r.Type == events.PaymentDeclined.Type() {
					s.Outcome = Rejected
				}
			}
		}
		return s, true
	case events.RecordNotification.Type():
		s.Kind, s.Lane, s.Name = Mail, MailServer, "mail"
		for _, r := range e.Results {
			if now := read(r); now.mail != nil {
				s.Name, s.Attempts = string(now.mail.Kind), now.mail.Attempts
				if now.mail.Status == events.NotificationFailed {
					s.Outcome = Failed
				}
			}
		}
		return s, true
	}
	return s, false
}
