package paymentgateway

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// apiVersion is the version of Stripe's API whose event form the gateway writes.
const apiVersion = "2025-08-27.basil"

const longestRetry = time.Minute

// patience is the pause up to which a failed post is nothing to speak of: whoever is to take it starts or stops at this moment.
const patience = 2 * time.Second

// event is what a webhook carries. Its data never changes; its signature is made anew at each delivery.
type event struct {
	ID         string       `json:"id"`
	Object     string       `json:"object"`
	APIVersion string       `json:"api_version"`
	Created    int64        `json:"created"`
	Data       eventData    `json:"data"`
	Livemode   bool         `json:"livemode"`
	Pending    int          `json:"pending_webhooks"`
	Request    eventRequest `json:"request"`
	Type       string       `json:"type"`
}

type eventData struct {
	Object json.RawMessage `json:"object"`
}

type eventRequest struct {
	ID  string `json:"id"`
	Key string `json:"idempotency_key"`
}

// delivery is how an event is delivered when something is asked to go wrong.
type delivery struct {
	first, twice bool
	after        time.Duration
}

// events makes the event of a change, if anybody wants it.
func (g *Gateway) events(did change, x execution) []event {
	wanted := len(g.cfg.WebhookEvents) == 0 || slices.Contains(g.cfg.WebhookEvents, did.event)
	if g.cfg.WebhookURL == "" || !wanted {
		return nil
	}
	object := mustJSON(did.intent.Shown)
	if did.refund != nil {
		object = mustJSON(did.refund)
	}
	return []event{{
		ID: id("evt"), Object: "event", APIVersion: apiVersion, Created: x.call.at.Unix(), Data: eventData{object}, Pending: 1,
		Request: eventRequest{ID: x.request, Key: x.key}, Type: did.event,
	}}
}

// postLater posts events whose call could not be written down, once it is.
func (g *Gateway) postLater(evs []event) {
	if len(evs) == 0 {
		return
	}
	g.running.Go(func() {
		for g.ledger.waitAll() != nil {
			select {
			case <-g.stop.Done():
				return // they are posted after the next Open, if they come to be written
			case <-time.After(g.cfg.WebhookRetry):
			}
		}
		for _, ev := range evs {
			g.post(ev, delivery{})
		}
	})
}

// post delivers an event until the receiver takes it. It returns at once, unless the event is to be there first.
func (g *Gateway) post(ev event, d delivery) {
	copies := 1
	if d.twice {
		copies = 2
	}
	for range copies {
		if d.first {
			g.deliver(ev, d.after)
			continue
		}
		g.running.Go(func() { g.deliver(ev, max(d.after, g.cfg.WebhookDelay)) })
	}
}

func (g *Gateway) deliver(ev event, wait time.Duration) {
	body := mustJSON(ev)
	for pause := g.cfg.WebhookRetry; ; pause = min(2*pause, longestRetry) {
		select {
		case <-g.stop.Done():
			return
		case <-time.After(wait):
		}
		err := g.postOnce(body)
		if err == nil {
			g.markDelivered(ev.ID)
			return
		}
		if g.stop.Err() == nil && pause > patience {
			g.cfg.Log.Warn("a payment webhook was not taken and will be posted again", "event", ev.ID, "type", ev.Type, "in", pause, "error", err)
		}
		wait = pause
	}
}

func (g *Gateway) postOnce(body []byte) error {
	ctx, cancel := context.WithTimeout(g.stop, g.posts.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.cfg.WebhookURL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	// Signed by the clock, however far the gateway's own time was moved on: whoever takes it refuses what is signed too far from now.
	r.Header.Set("Stripe-Signature", sign(body, g.cfg.WebhookSecret, g.cfg.Clock()))
	res, err := g.posts.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= 300 {
		return fmt.Errorf("the receiver answered %s", res.Status)
	}
	return nil
}

// markDelivered needs no sync: an event that was delivered and forgot it is delivered once more.
func (g *Gateway) markDelivered(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	e := entry{At: g.now(), Delivered: id}
	at, _ := g.ledger.append(e)
	g.book.apply(e, at)
}

// sign makes the Stripe-Signature header: HMAC-SHA256 over the time and the raw body.
func sign(body []byte, secret string, at time.Time) string {
	t := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return "t=" + t + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
