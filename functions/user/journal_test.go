package user

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/web"
)

// journal reads a page as the owner.
func (o *office) journal(query string) (page web.ListBody[JournalEntry]) {
	o.t.Helper()
	a := o.call("owner:"+o.boss, http.MethodGet, "/journal"+query, "")
	if a.Status != http.StatusOK {
		o.t.Fatalf("%s: %d %s", query, a.Status, a.Body)
	}
	a.JSON(o.t, &page)
	return page
}

func TestJournal_SaysWhoAskedForWhatAndWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	o := setup(t)
	ann := o.hire("ann", "viewer")
	if a := o.call("owner:"+o.boss, http.MethodPost, "/users", `{"email":"ann@example.com","name":"again","roles":["viewer"],"password":"`+secret+`"}`); a.Status != http.StatusConflict {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	about := o.journal("?subject=" + ann.ID).Items
	want := []JournalEntry{{
		Source: events.User.Source(), Type: events.CreateUser.Type(), Subject: ann.ID, By: events.Principal{Type: events.Staff, ID: o.boss}, Outcome: "succeeded",
		Results: []JournalResult{{Type: events.UserCreated.Type(), Subject: ann.ID}},
	}}
	if diff := cmp.Diff(want, about, cmpopts.IgnoreFields(JournalEntry{}, "Number", "ID", "Correlation", "AskedAt", "ReceivedAt", "DecidedAt"), cmpopts.IgnoreFields(JournalResult{}, "ID", "Data")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if data := string(about[0].Results[0].Data); !strings.Contains(data, `"name":"[personal]"`) || strings.Contains(data, "ann@") || strings.Contains(data, "p1.") {
		t.Errorf("what is personal is not masked: %s", data)
	}
	all := o.journal("").Items
	if len(all) != 3 || all[0].Outcome != "rejected" || !strings.Contains(string(all[0].Results[0].Data), "email_taken") || all[0].Number <= all[1].Number {
		t.Errorf("want three, the refused one first: %+v", all)
	}
}

// Whoever reads what was said must not be able to act on it: to open a customer's page at the provider, to record how a mail went.
func TestJournal_MasksSecrets(t *testing.T) {
	t.Parallel()
	said := `{"id":"p1","nextAction":{"redirectUrl":"https://hooks.example.com/3ds"},"returnUrl":"https://shop.example.com/gil","refunds":[{"token":"t1","amount":5}],"total":9007199254740993}`
	want := `{"id":"p1","nextAction":{"redirectUrl":"[secret]"},"refunds":[{"amount":5,"token":"[secret]"}],"returnUrl":"[secret]","total":9007199254740993}`
	entry := showEntry(events.JournalEntry{Results: []events.JournalResult{{ID: "r1", Type: "t", Subject: "s", Data: json.RawMessage(said)}}})
	if diff := cmp.Diff([]JournalResult{{ID: "r1", Type: "t", Subject: "s", Data: json.RawMessage(want)}}, entry.Results); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, plain := range []string{`"token"`, `null`, `5`} {
		if got := string(masked(json.RawMessage(plain))); got != plain {
			t.Errorf("%s became %s", plain, got)
		}
	}
}

func TestJournal_IsFilteredAndPaged(t *testing.T) {
	t.Parallel()
	o := setup(t)
	ann, bob := o.hire("ann", "viewer"), o.hire("bob", "support")
	all := o.journal("").Items
	second := all[1]
	for query, want := range map[string]int{
		"?correlation=" + second.Correlation: 1, "?by=" + o.boss: 2, "?type=" + events.CreateUser.Type(): 3, "?type=" + events.DeleteUser.Type(): 0,
		"?after=2999-01-01T00:00:00Z": 0, "?after=2020-01-01T00:00:00Z": 3, "?subject=" + bob.ID + "&by=" + o.boss: 1, "?subject=" + ann.ID + "&type=" + events.DeleteUser.Type(): 0,
	} {
		if got := len(o.journal(query).Items); got != want {
			t.Errorf("%s: %d entries, want %d", query, got, want)
		}
	}
	var paged []JournalEntry
	for query, more := "?limit=1&sort=number", true; more; {
		page := o.journal(query)
		paged, query, more = append(paged, page.Items...), "?limit=1&sort=number&cursor="+page.NextCursor, page.NextCursor != ""
	}
	if diff := cmp.Diff([]JournalEntry{all[2], all[1], all[0]}, paged); diff != "" {
		t.Errorf("page by page, oldest first (-want +got):\n%s", diff)
	}
	for _, none := range []string{"yesterday", "2026-11-28T05:00:00%2B24:00", "2026-11-28T05:00:00-24:00", "2026-11-28T05:00:00,5Z"} {
		a := o.call("owner:"+o.boss, http.MethodGet, "/journal?after="+none, "")
		if a.Status != http.StatusUnprocessableEntity || !strings.Contains(string(a.Body), `[{"location":"query.after","message":"must be a time such as 2026-07-01T12:00:00Z"}]`) {
			t.Errorf("%s, a time that is none: %d %s", none, a.Status, a.Body)
		}
	}
}
