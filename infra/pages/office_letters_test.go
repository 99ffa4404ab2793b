package pages

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/infra/client"
	"github.com/twmb/franz-go/pkg/kgo"
)

// letterStatus is what the mart says of a letter.
type letterStatus struct {
	ID, Status string
	Replayed   *struct{ By events.Principal }
	Discarded  *struct{ Reason string }
}

// undelivered leaves a letter about a paid order that notification did not take, and waits until the mart has noted it.
func undelivered(ctx context.Context, t *testing.T, reason string) (id string) {
	t.Helper()
	r := &kgo.Record{Topic: events.DeadLetterTopic, Value: []byte(`{"number":"M-000017","status":"paid"}`)}
	for name, value := range map[string]string{
		"ce_specversion": "1.0", "ce_id": client.NewKey().Value, "ce_source": "/mart/db", "ce_type": events.OrderPaid.Type(), "ce_subject": events.NewID(),
		"ce_time": time.Now().UTC().Format(time.RFC3339Nano), "ce_correlationid": events.NewID(), "ce_receiver": "notification", "ce_knativeerrordest": "http://notification",
		"ce_knativeerrorcode": "503", "ce_knativeerrordata": base64.StdEncoding.EncodeToString([]byte(reason)), "content-type": "application/json",
	} {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: []byte(value)})
	}
	producer, err := kgo.NewClient(kgo.SeedBrokers(shop.Kafka...))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	if err := producer.ProduceSync(ctx, r).FirstErr(); err != nil {
		t.Fatal(err)
	}
	id = events.DeadLetterID(fmt.Sprintf("%d:%d", r.Partition, r.Offset))
	if _, err := client.Until(ctx, ownerOf(ctx, t), "/dead-letters/"+id, func(l letterStatus) bool { return l.ID == id }); err != nil {
		t.Fatal(err)
	}
	return id
}

func letterOf(ctx context.Context, t *testing.T, id string) letterStatus {
	t.Helper()
	l, err := client.Get[letterStatus](ctx, ownerOf(ctx, t), "/dead-letters/"+id)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// What could not be delivered is found from the first page, tried, sent again and discarded, with the mouse and by keys alone.
func TestOfficeHandlesDeadLetters(t *testing.T) { // nothing beside it, likewise
	ctx := t.Context()
	const why = "<b>the mail server</b> is away"
	first, second := undelivered(ctx, t, why), undelivered(ctx, t, why)
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office", shop.Owner.Email, shop.Owner.Password)
	w.await(t, shows("to be looked at"))
	w.do(t, chromedp.Click(`//a[contains(., "dead letters to be")]`, chromedp.BySearch))
	w.await(t, shows("order.paid")+` && `+shows(why)+` && document.querySelector('[name="state"]').value === 'open'`)
	w.do(t, chromedp.Click(`a[href="/office/dead-letters/`+first+`"]`, chromedp.ByQuery))
	w.await(t, shows("503")+` && `+shows("Nothing yet.")+` && document.querySelector('a[href^="/flow/"]')`)

	w.press(t, "dry-run")
	w.await(t, `document.getElementById('told').textContent.includes('through mart.notification.replays. Nothing was sent')`)
	if l := letterOf(ctx, t, first); l.Status != "open" {
		t.Errorf("trying it makes it %+v", l)
	}
	w.press(t, "replay")
	if says := w.says(t); !strings.Contains(says, "order.paid goes to notification once more") || !strings.Contains(says, "to no other function") {
		t.Errorf("it says %q", says)
	}
	w.agree(t)
	w.await(t, shows("Sent again")+` && document.getElementById('title').textContent.includes('replayed')`)
	if l := letterOf(ctx, t, first); l.Status != "replayed" || l.Replayed.By.Type != events.Staff {
		t.Errorf("%+v", l)
	}
	w.press(t, "replay") // once more takes a word
	w.await(t, `document.querySelector('#dialog [name="again"]') && !document.getElementById('discard')`)
	w.press(t, "dialog-back")

	w.do(t, chromedp.Navigate(shop.URL+"/office/dead-letters/"+second), chromedp.WaitVisible("#discard", chromedp.ByQuery), chromedp.Focus("#discard", chromedp.ByQuery),
		chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`#dialog [name="reason"]`, chromedp.ByQuery), chromedp.KeyEvent("by telephone"+kb.Tab+kb.Tab+kb.Enter))
	w.await(t, shows("by telephone")+` && !document.getElementById('discard') && document.activeElement.id === 'title'`)
	if l := letterOf(ctx, t, second); l.Status != "discarded" || l.Discarded.Reason != "by telephone" {
		t.Errorf("%+v", l)
	}
}

// Whoever may only read letters is shown nothing to do; who may not is not shown that there are any.
func TestOfficeShowsLettersToWhoeverMay(t *testing.T) { // nothing beside it, likewise
	ctx := t.Context()
	id := undelivered(ctx, t, "away")
	email, password := hire(ctx, t, "support")
	w := open(t, screens[0], shop.URL)
	w.logIn(t, "/office/dead-letters/"+id, email, password)
	var doing, menu []string
	w.do(t, chromedp.Evaluate(`[...document.querySelectorAll('#room button:not(.id)')].map(e => e.textContent)`, &doing))
	if len(doing) != 0 {
		t.Errorf("support may %q", doing)
	}
	email, password = hire(ctx, t, "viewer")
	w = open(t, screens[0], shop.URL)
	w.logIn(t, "/office", email, password)
	w.do(t, chromedp.Evaluate(`[...document.querySelectorAll('#rooms a')].map(e => e.textContent)`, &menu))
	if slices.Contains(menu, "Dead letters") {
		t.Errorf("a viewer sees %q", menu)
	}
	w.await(t, `!`+shows("dead letter"))
}

// The rooms of letters are whole on each screen.
func TestOfficeLetterRooms(t *testing.T) { // nothing beside it, likewise
	ctx := t.Context()
	id := undelivered(ctx, t, "dial tcp 10.0.0.17:587: connect: connection refused, after 12 tries with a pause that doubles each time")
	for _, s := range screens {
		w := open(t, s, shop.URL)
		w.logIn(t, "/office/dead-letters", shop.Owner.Email, shop.Owner.Password)
		w.await(t, shows("connection refused"))
		w.inspect(t, "office letters "+s.name)
		w.do(t, chromedp.Navigate(shop.URL+"/office/dead-letters/"+id))
		w.await(t, drawn)
		w.do(t, chromedp.Evaluate(`document.querySelector('details').open = true`, nil))
		w.inspect(t, "office letter "+s.name)
		w.press(t, "discard")
		w.await(t, `document.getElementById('dialog')`)
		w.inspect(t, "office letter discard "+s.name)
	}
}
