package web

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// All that is wrong with a query is told at once, and what is no parameter with the one that was meant.
func TestAllFaultsOfAQuery(t *testing.T) {
	t.Parallel()
	known := []string{"categoryId", "limit", "minPrice", "q", "sort"}
	got := queryFaults(url.Values{
		"minprice": {"3"}, "catgoryID": {"kitchen"}, "colour": {"red"}, "limit": {"1", "2"}, "q": {""}, "sort": {"cheap"}, "minPrice": {"3"},
	}, known, []string{"-createdAt", "name", "price"})
	want := []events.FieldError{
		{Location: "query.catgoryID", Message: "is not a parameter of this; categoryId is"},
		{Location: "query.colour", Message: "is not a parameter of this"},
		{Location: "query.limit", Message: "is there more than once"},
		{Location: "query.minprice", Message: "is not a parameter of this; minPrice is"},
		{Location: "query.q", Message: "has no value; leave it out or give one"},
		{Location: "query.sort", Message: "unknown; sort by createdAt, name, price; with - before one, descending; by default -createdAt"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if fine := queryFaults(url.Values{"sort": {"-price"}, "limit": {"3"}}, known, []string{"-createdAt", "price"}); fine != nil {
		t.Errorf("%+v", fine)
	}
}
