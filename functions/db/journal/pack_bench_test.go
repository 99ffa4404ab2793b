package journal

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/onlinemart/mart/events"
)

// BenchmarkPack packs what the placing of an order leads to: an event of 900 bytes, of which five values are personal.
func BenchmarkPack(b *testing.B) {
	order, product, customer := events.NewID(), events.NewID(), events.NewID()
	data := json.RawMessage(`{"id":"` + order + `","number":"M-000001","customerId":"` + customer + `","status":"placed","currency":"EUR","total":{"amount":3900,"currency":"EUR"},` +
		`"lines":[{"productId":"` + product + `","sku":"BRD-1","name":"Bread board","quantity":1,"unitPrice":{"amount":3900,"currency":"EUR"},"total":{"amount":3900,"currency":"EUR"}}],` +
		`"shippingAddress":{"name":"` + secret + `","line1":"` + secret + `","city":"` + secret + `","postalCode":"` + secret + `","country":"GB"},"email":"` + secret + `",` +
		`"payBy":"2026-11-28T00:30:00Z","createdAt":"2026-11-28T00:00:00Z","updatedAt":"2026-11-28T00:00:00Z","version":1}`)
	e := Entry{
		ID: events.NewID(), Source: "/mart/order", Type: "com.onlinemart.order.place.v1", Subject: order,
		By: events.Principal{Type: events.Shopper, ID: customer}, Correlation: events.NewID(),
	}
	e.Results = []events.Envelope{{
		ID: events.DeriveID(e.Source, e.ID, "0"), Source: events.DB.Source(), Type: "com.onlinemart.order.placed.v1", Subject: order, Time: time.UnixMilli(1764288000123).UTC(),
		Correlation: e.Correlation, Causation: e.ID, By: e.By, Seal: "s1.NVfw81lAIt-Uc30AV4lYqeKHMmeqKoiZZuSXbowaqw0", Data: data,
	}}
	b.ReportAllocs()
	for b.Loop() {
		p, err := Pack(e)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(p.Results)), "packed-B")
	}
}
