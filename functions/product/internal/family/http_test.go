package family_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/functiontest"
	"github.com/onlinemart/mart/functions/internal/web"
	"github.com/onlinemart/mart/functions/product/internal/family"
)

// The life of a family, from the first request to the last.
func TestFamily_IsCreatedReadChangedAndDeleted(t *testing.T) {
	t.Parallel()
	o := functiontest.OpenOffice(t, events.Product, events.CatalogRole, family.Routes)
	made := o.Call(o.Token, http.MethodPost, "/families", `{"name": "Linen shirt", "options": [{"name": " size ", "values": ["S", "M"]}]}`)
	var shirt family.Family
	made.JSON(t, &shirt)
	want := family.Family{Name: "Linen shirt", Slug: "linen-shirt", Options: []events.FamilyOption{{Name: "size", Values: []string{"S", "M"}}}}
	if diff := cmp.Diff(want, shirt, cmpopts.IgnoreTypes(web.Meta{})); made.Status != http.StatusCreated || diff != "" {
		t.Fatalf("%d %s (-want +got):\n%s", made.Status, made.Body, diff)
	}
	at := made.Header.Get("Location")
	if same := o.Call(o.Token, http.MethodPatch, at, `{"options": [{"name": "size", "values": ["S", "M"]}]}`, "If-Match", `"1"`); same.Header.Get("ETag") != `"1"` {
		t.Errorf("a change of nothing: %d %s", same.Status, same.Header.Get("ETag"))
	}
	changed := o.Call(o.Token, http.MethodPatch, at, `{"description": "Light", "options": [{"name": "size", "values": ["S", "M", "L"]}]}`, "If-Match", `"1"`)
	want.Description, want.Options[0].Values = "Light", []string{"S", "M", "L"}
	var got family.Family
	o.Call("", http.MethodGet, at, "").JSON(t, &got)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreTypes(web.Meta{})); changed.Status != http.StatusOK || diff != "" {
		t.Errorf("%d %s (-want +read):\n%s", changed.Status, changed.Body, diff)
	}
	var page struct{ Items []family.Family }
	o.Call("", http.MethodGet, "/families?sort=name", "").JSON(t, &page)
	if diff := cmp.Diff([]family.Family{got}, page.Items); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	if gone := o.Call(o.Token, http.MethodDelete, at, "", "If-Match", `"2"`); gone.Status != http.StatusNoContent {
		t.Errorf("deleted: %d %s", gone.Status, gone.Body)
	}
	if read := o.Call("", http.MethodGet, at, ""); read.Status != http.StatusNotFound {
		t.Errorf("read then: %d", read.Status)
	}
}

func TestFamily_WhatIsWrongIsTold(t *testing.T) {
	t.Parallel()
	o := functiontest.OpenOffice(t, events.Product, events.CatalogRole, family.Routes)
	for body, at := range map[string]string{
		`{"name": "A", "options": []}`: "body.options", `{"name": "A"}`: "body.options",
		`{"name": "A", "options": [{"name": "", "values": ["S"]}]}`:                                        "body.options[0].name",
		`{"name": "A", "options": [{"name": "size", "values": []}]}`:                                       "body.options[0].values",
		`{"name": "A", "options": [{"name": "size", "values": ["S", " S"]}]}`:                              "body.options[0].values[1]",
		`{"name": "A", "options": [{"name": "size", "values": ["S"]}, {"name": "size", "values": ["M"]}]}`: "body.options[1].name",
	} {
		var problem web.Problem
		a := o.Call(o.Token, http.MethodPost, "/families", body)
		a.JSON(t, &problem)
		if a.Status != http.StatusUnprocessableEntity || len(problem.Errors) == 0 || problem.Errors[0].Location != at {
			t.Errorf("%s: %d %s", body, a.Status, a.Body)
		}
	}
}

func TestAccess_RoleByRoute(t *testing.T) {
	t.Parallel()
	o := functiontest.OpenOffice(t, events.Product, events.CatalogRole, family.Routes)
	id := events.NewID()
	callers := []string{"", "customer:" + id, "client:catalog:write", "viewer:" + id, "support:" + id, "orders:" + id, "catalog:" + id, "owner:" + id}
	writers, anybody := []int{401, 403, 0, 403, 403, 403, 0, 0}, make([]int, len(callers))
	for _, route := range []struct {
		method, path string
		want         []int
	}{
		{http.MethodGet, "/families", anybody},
		{http.MethodGet, "/families/" + id, anybody},
		{http.MethodPost, "/families", writers},
		{http.MethodPut, "/families/" + id, writers},
		{http.MethodPatch, "/families/" + id, writers},
		{http.MethodDelete, "/families/" + id, writers},
	} {
		got := make([]int, len(callers))
		for i, who := range callers {
			if status := o.Call(who, route.method, route.path, `{}`).Status; status == 401 || status == 403 {
				got[i] = status
			}
		}
		if diff := cmp.Diff(route.want, got); diff != "" {
			t.Errorf("%s %s: %s", route.method, route.path, diff)
		}
	}
}
