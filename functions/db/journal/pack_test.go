package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/onlinemart/mart/events"
)

const secret = "p1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// stored is an entry as it comes back from the tables: ids that are no UUIDs are digests, results are packed.
func stored(e Entry) Entry {
	e.ID, e.Subject, e.Correlation = Key(e.ID), Key(e.Subject), Key(e.Correlation)
	if e.Causation != "" {
		e.Causation = Key(e.Causation)
	}
	e.Results = nil
	return e
}

// generated is any entry with any results: as db makes them, and otherwise.
func generated(t *rapid.T) Entry {
	id := rapid.OneOf(rapid.Just(""), rapid.Just("key-1"), rapid.Just("00000000-0000-8000-8000-00000000000A"), rapid.Custom(func(t *rapid.T) string {
		return events.DeriveID(rapid.StringN(1, 2, 2).Draw(t, "of"))
	}))
	e := Entry{
		ID: id.Draw(t, "id"), Source: "/mart/order", Type: "com.onlinemart.order.place.v1", Subject: id.Draw(t, "subject"),
		By:          events.Principal{Type: events.Shopper, ID: id.Draw(t, "by")},
		Correlation: id.Draw(t, "correlation"), Causation: id.Draw(t, "causation"),
	}
	text := rapid.OneOf(rapid.Just(secret), rapid.Just("personal:"+secret), rapid.Just("p2"+secret[2:]), id, rapid.String())
	for i := range rapid.IntRange(0, 4).Draw(t, "results") {
		data, err := json.Marshal(map[string]any{"a": text.Draw(t, "a"), "list": []string{text.Draw(t, "b"), text.Draw(t, "c")}, "n": i})
		if err != nil {
			t.Fatal(err)
		}
		r := events.Envelope{
			ID: events.DeriveID(e.Source, e.ID, fmt.Sprint(i)), Source: events.DB.Source(), Type: "com.onlinemart.order.placed.v1", Subject: e.Subject,
			Time: time.UnixMilli(rapid.Int64Range(0, 1e13).Draw(t, "time")).UTC(), Correlation: e.Correlation, Causation: e.ID, By: e.By,
			Traceparent: "00-05e07aed210af6d5791001b70874f16b-f84018f774cd849c-01", Seal: "s1.NVfw81lAIt-Uc30AV4lYqeKHMmeqKoiZZuSXbowaqw0", Data: data,
		}
		if rapid.Bool().Draw(t, "odd") {
			r.ID, r.Source, r.Subject, r.Correlation, r.Causation = id.Draw(t, "r.id"), id.Draw(t, "r.source"), id.Draw(t, "r.subject"), id.Draw(t, "r.correlation"), id.Draw(t, "r.causation")
			r.By, r.Fingerprint = events.SystemPrincipal(events.DB), rapid.String().Draw(t, "fingerprint")
		}
		e.Results = append(e.Results, r)
	}
	return e
}

// Whatever is packed comes back byte for byte; without what is personal of it nothing of that is left.
func TestPack_GivesEveryByteBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := generated(t)
		for i := range e.Results {
			if e.Results[i].ID == "" {
				e.Results[i].ID = "none"
			}
			if e.Results[i].Source == "" {
				e.Results[i].Source = "none"
			}
		}
		p, err := Pack(e)
		if err != nil {
			t.Fatal(err)
		}
		got := stored(e)
		if err := got.Unpack(p.Results, p.About, p.Personal); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, got); diff != "" {
			t.Fatalf("(-packed +unpacked):\n%s", diff)
		}
		for _, r := range e.Results {
			if r.Subject != e.Subject && !strings.Contains(strings.Join(p.About, " "), Key(r.Subject)) {
				t.Fatalf("it is about %s, and is not found by that: %v", r.Subject, p.About)
			}
		}
		hidden := stored(e)
		if err := hidden.Unpack(p.Results, p.About, nil); err != nil {
			t.Fatal(err)
		}
		for i, r := range hidden.Results {
			want := bytes.ReplaceAll(e.Results[i].Data, []byte(`"personal:`+secret), []byte(`"`+secret))
			want = bytes.ReplaceAll(want, []byte(`"p2`+secret[2:]), []byte(`"`+secret))
			want = bytes.ReplaceAll(want, []byte(`"`+secret+`"`), []byte(`"`+Hidden+`"`))
			if !bytes.Equal(r.Data, want) && !bytes.Contains(e.Results[i].Data, []byte(`\"`)) {
				t.Fatalf("without what is personal it is %s, want %s", r.Data, want)
			}
		}
	})
}

// Entries are read for ever: neither the dictionary nor the format may change under them.
func TestUnpack_WhatWasPackedLongAgo(t *testing.T) {
	t.Parallel()
	if sum := sha256.Sum256(dictionary); hex.EncodeToString(sum[:8]) != "a6a4078bdb6ca559" {
		t.Errorf("the dictionary has changed (%x): nothing that was packed with it could be read. A better one is another format, beside this one", sum[:8])
	}
	packed, err := hex.DecodeString("01226b1ec8d0d2dc40d7c050d7c030c4c0c00a8cf40c0c0ca31019a60292634ccd50f30c3c6c6a01010000ffff")
	if err != nil {
		t.Fatal(err)
	}
	e := Entry{ID: events.DeriveID("id"), Source: "/mart/brand", Type: "com.onlinemart.brand.create.v1", Subject: events.DeriveID("subject"), Correlation: events.DeriveID("correlation"), By: events.SystemPrincipal(events.Brand)}
	if err := e.Unpack(packed, nil, []string{secret}); err != nil {
		t.Fatal(err)
	}
	want := []events.Envelope{{
		ID: events.DeriveID(e.Source, e.ID, "0"), Source: "/mart/db", Type: "com.onlinemart.brand.created.v1", Subject: e.Subject, Time: time.UnixMilli(1).UTC(),
		Correlation: e.Correlation, Causation: e.ID, By: e.By, Seal: "s1.x", Data: json.RawMessage(`{"id":"` + e.Subject + `","name":"` + secret + `"}`),
	}}
	if diff := cmp.Diff(want, e.Results); diff != "" {
		t.Error(diff)
	}
}

func TestUnpack_Faults(t *testing.T) {
	t.Parallel()
	whole, err := deflate([]byte(`{"said":[{"t":"x","d":"2026-11-27T00:00:00Z","n":9}]}{}`))
	if err != nil {
		t.Fatal(err)
	}
	nothing, err := deflate([]byte(`{"said`))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		packed []byte
		want   string
	}{
		"a later format": {[]byte{format + 1, 0}, "a later release has packed them"},
		"cut off":        {whole[:len(whole)-3], "read the results"},
		"no results":     {nothing, "read the results"},
		"too little":     {whole, "they are cut off"},
	} {
		if err := new(Entry).Unpack(c.packed, nil, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	id, again := events.NewID(), Key("x")
	if Key(id) != id || Key("x") != again || Key("x") == Key("y") || Key(strings.ToUpper(id)) == id {
		t.Error(Key(id), Key("x"), Key("y"), Key(strings.ToUpper(id)))
	}
}

func TestPack_IsFoundByItsOrder(t *testing.T) {
	t.Parallel()
	payment, order := events.NewID(), events.NewID()
	for name, data := range map[string]string{
		"a payment": `{"id":"` + payment + `","orderId":"` + order + `"}`, "a refund": `{"refundId":"r","payment":{"id":"` + payment + `","orderId":"` + order + `"}}`,
	} {
		p, err := Pack(Entry{Subject: payment, Results: []events.Envelope{{Subject: payment, Data: []byte(data)}}})
		if diff := cmp.Diff([]string{order}, p.About); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}
