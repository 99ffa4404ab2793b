package db

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// Staff find returns by what they wait for, whose they are, what comes back and since when; each is as its order says.
func TestReturnsAreFound(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	lamp, mug, ada, bo := m.product(9), m.product(9), m.buyer(), m.buyer()
	ofAda, _ := m.delivered(ada, lamp, 2)
	ofBo, _ := m.delivered(bo, mug, 1)
	first, second := m.returns(ada, ofAda, lamp, 1), m.returns(ada, ofAda, lamp, 1)
	third := m.returns(bo, ofBo, mug, 1)
	m.must(events.ApproveReturn.New(ofAda, events.ReturnDecision{ReturnID: first}).AskedBy(m.clerk))
	m.must(m.receives(ofAda, first, lamp, 1, true))
	m.must(events.ApproveReturn.New(ofBo, events.ReturnDecision{ReturnID: third, Note: events.Said("canary: box it")}).AskedBy(m.clerk))
	asked := m.orderOf(ofAda).Returns[1].At
	for name, c := range map[string]struct {
		asked events.ReturnFilter
		want  []string
	}{
		"all, the newest first":  {events.ReturnFilter{}, []string{third, second, first}},
		"the oldest first":       {events.ReturnFilter{Paging: events.Paging{Sort: "at"}}, []string{first, second, third}},
		"to be decided":          {events.ReturnFilter{Status: events.ReturnRequestedStatus}, []string{second}},
		"to come":                {events.ReturnFilter{Status: events.ReturnApprovedStatus}, []string{third}},
		"that have come":         {events.ReturnFilter{Status: events.ReturnReceivedStatus}, []string{first}},
		"refused":                {events.ReturnFilter{Status: events.ReturnRefusedStatus}, nil},
		"of a customer":          {events.ReturnFilter{CustomerID: bo.ID}, []string{third}},
		"of a product":           {events.ReturnFilter{ProductID: lamp}, []string{second, first}},
		"of a customer, no lamp": {events.ReturnFilter{CustomerID: bo.ID, ProductID: lamp}, nil},
		"from":                   {events.ReturnFilter{RequestedFrom: asked}, []string{third, second}},
		"before":                 {events.ReturnFilter{RequestedBefore: asked}, []string{first}},
		"from, before":           {events.ReturnFilter{RequestedFrom: asked, RequestedBefore: asked}, nil},
	} {
		var got []string
		for _, r := range m.listed(c.asked) {
			got = append(got, r.ID)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	o := m.orderOf(ofBo)
	want := []events.ReturnState{{
		PartReturn: o.Returns[0], OrderID: ofBo, OrderNumber: o.Number, CustomerID: bo.ID,
		Products: []events.ReturnedProduct{{ProductID: mug, SKU: o.Lines[0].SKU, Name: o.Lines[0].Name}},
	}}
	if diff := cmp.Diff(want, m.listed(events.ReturnFilter{CustomerID: bo.ID})); diff != "" || want[0].Reason.IsZero() || want[0].Note.IsZero() {
		t.Errorf("(-want +got):\n%s", diff)
	}
	m.must(events.DeleteCustomer.New(bo.ID, events.Deletion{ExpectedVersion: 1}).AskedBy(bo))
	if left := m.listed(events.ReturnFilter{CustomerID: bo.ID}); len(left) != 1 || !left[0].Reason.IsZero() || !left[0].Note.IsZero() {
		t.Errorf("of an erased customer it is told: %+v", left)
	}
}

// A page ends where the next begins, also among returns of one moment.
func TestReturnsArePaged(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	lamp, ada := m.product(9), m.buyer()
	order, _ := m.delivered(ada, lamp, 3)
	for range 3 {
		m.returns(ada, order, lamp, 1)
	}
	if _, err := m.owner.Exec(t.Context(), `update order_return set at = $1`, time.Now()); err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, r := range m.listed(events.ReturnFilter{}) {
		want = append(want, r.ID)
	}
	f := events.ReturnFilter{Paging: events.Paging{Limit: 1}}
	for range 3 {
		page := m.returnsPage(f)
		for _, r := range page.Items {
			got = append(got, r.ID)
		}
		f.Cursor = page.NextCursor
	}
	if diff := cmp.Diff(want, got); diff != "" || f.Cursor != "" {
		t.Errorf("then %q (-want +got):\n%s", f.Cursor, diff)
	}
}

// A db of the release before writes orders and knows of no list: their returns are in it all the same.
func TestReturnsOfTheReleaseBeforeAreListed(t *testing.T) {
	t.Parallel()
	m := newMarket(t)
	lamp, ada := m.product(9), m.buyer()
	order, _ := m.delivered(ada, lamp, 1)
	back := m.returns(ada, order, lamp, 1)
	if _, err := m.owner.Exec(t.Context(), `update orders set parts = jsonb_set(parts, '{returns,0,status}', '"approved"') where id = $1`, order); err != nil {
		t.Fatal(err)
	}
	if all := m.listed(events.ReturnFilter{Status: events.ReturnApprovedStatus}); len(all) != 1 || all[0].ID != back || all[0].Status != events.ReturnApprovedStatus {
		t.Errorf("%+v", all)
	}
}

func (m *market) listed(f events.ReturnFilter) []events.ReturnState {
	m.t.Helper()
	return m.returnsPage(f).Items
}

func (m *market) returnsPage(f events.ReturnFilter) events.Page[events.ReturnState] {
	m.t.Helper()
	page, err := listReturns(m.t.Context(), m.store, events.Received[events.ReturnFilter]{Envelope: events.Envelope{By: m.clerk}, Data: f})
	if err != nil {
		m.t.Fatal(err)
	}
	return page
}
