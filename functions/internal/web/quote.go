package web

import (
	"time"

	"github.com/onlinemart/mart/events"
)

// Quote is what goods would cost now.
type Quote struct {
	Lines      []QuoteLine   `json:"lines" nullable:"false" doc:"What was asked about, with the products as they are now."`
	Choices    []QuoteChoice `json:"choices" nullable:"false" doc:"The ways in which they can be sent, the cheapest first."`
	ValidUntil time.Time     `json:"validUntil" doc:"Until then it holds, unless prices, methods or rates change before." example:"2026-03-03T09:56:00Z"`
}

// QuoteLine is one line of what would be ordered, with the product as it is now.
type QuoteLine struct {
	ProductID string       `json:"productId" doc:"Which product."`
	SKU       string       `json:"sku" doc:"The mart's own number for it." example:"TEA-EG-100"`
	Name      string       `json:"name" doc:"What it is called." example:"Earl Grey, 100 g"`
	UnitPrice events.Money `json:"unitPrice" doc:"What one of it costs now."`
	Quantity  int64        `json:"quantity" doc:"How many of it." example:"2"`
	Total     events.Money `json:"total" doc:"What all of them cost, without taxes that are added."`
}

// QuoteChoice is a way in which goods can be sent, and what they cost by it.
type QuoteChoice struct {
	ShippingMethodID string                  `json:"shippingMethodId,omitempty" format:"uuid" doc:"Absent where the mart has no shipping methods in this currency." example:"1cbcba47-8a65-5c11-89d4-568a6925cb1b"`
	Name             string                  `json:"name,omitempty" doc:"What the way is called, for people who choose." example:"Parcel"`
	Description      string                  `json:"description,omitempty" doc:"More about it."`
	Delivery         *events.DeliveryPromise `json:"delivery,omitempty" doc:"How many days it takes from the payment to the door." example:"{\"minDays\":1,\"maxDays\":3}"`
	Goods            events.Money            `json:"goods" doc:"The sum of the lines."`
	Charges          []events.Charge         `json:"charges" nullable:"false" doc:"What is charged besides the goods: their sending."`
	Taxes            []events.TaxAmount      `json:"taxes" nullable:"false" doc:"Of each rate; what is included is in the goods and charges already."`
	Total            events.Money            `json:"total" doc:"The goods, the charges, and the taxes that are added."`
	Quote            string                  `json:"quote" doc:"Proves that the mart has said so, until validUntil; an order that names it costs this, or is refused." example:"eyJ0Ijoi.c2lnbmVk"`
}

// ShowQuote is a quote as whoever asks sees it; nil is none.
func ShowQuote(made *events.Quote) *Quote {
	if made == nil {
		return nil
	}
	shown := &Quote{Lines: make([]QuoteLine, len(made.Lines)), Choices: make([]QuoteChoice, len(made.Choices)), ValidUntil: made.ValidUntil}
	for i, l := range made.Lines {
		shown.Lines[i] = QuoteLine{ProductID: l.ProductID, SKU: l.SKU, Name: l.Name, UnitPrice: l.UnitPrice, Quantity: l.Quantity, Total: l.Total}
	}
	for i, c := range made.Choices {
		shown.Choices[i] = QuoteChoice{
			ShippingMethodID: c.ShippingMethodID, Name: c.Name, Description: c.Description, Delivery: c.Delivery,
			Goods: c.Goods, Charges: c.Charges, Taxes: c.Taxes, Total: c.Total, Quote: c.Quote,
		}
	}
	return shown
}
