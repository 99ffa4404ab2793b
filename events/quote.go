package events

import "time"

// Destination is where an order goes, as far as it matters for what it costs.
type Destination struct {
	Country    string `json:"country" pattern:"^[A-Z]{2}$" patternDescription:"a country's two capital letters, for example US, or GB for the United Kingdom (ISO 3166-1 alpha-2)" doc:"ISO 3166-1 alpha-2."`
	Region     string `json:"region,omitempty" pattern:"^[A-Z0-9]{1,3}$" patternDescription:"one to three capital letters and digits, such as CA for California (ISO 3166-2, without the country)"`
	PostalCode string `json:"postalCode,omitempty" maxLength:"20"`
}

// Charge is what an order costs besides its goods: sending them.
type Charge struct {
	ShippingMethodID string `json:"shippingMethodId" format:"uuid" doc:"The shipping method that it is for."`
	Name             string `json:"name" doc:"What it is for, as an invoice has it." example:"Parcel"`
	TaxClass         string `json:"taxClass" doc:"The tax class that it has." example:"standard"`
	Amount           Money  `json:"amount" doc:"How much it is."`
}

// TaxAmount is what of an order is tax of one rate.
type TaxAmount struct {
	Name     string `json:"name" doc:"As an invoice has it." example:"VAT 20 %"`
	TaxClass string `json:"taxClass" doc:"The class of what is taxed by it." example:"standard"`
	Rate     int64  `json:"rate" minimum:"0" maximum:"100000" doc:"In thousandths of a percent: 23000 is 23 %." example:"20000"`
	Included bool   `json:"included" doc:"Whether what is taxed has it in it; else it is added to it." example:"true"`
	Taxed    Money  `json:"taxed" doc:"The goods and charges that it is of."`
	Amount   Money  `json:"amount" doc:"How much the tax is."`
}

// Sum is what an order costs, and of what: the total is the goods, the charges, and the taxes that are added.
type Sum struct {
	Goods   Money       `json:"goods"`
	Charges []Charge    `json:"charges" nullable:"false"`
	Taxes   []TaxAmount `json:"taxes" nullable:"false"`
	Total   Money       `json:"total"`
}

// QuoteRequest asks what goods cost at a place: what and how many, never a price.
type QuoteRequest struct {
	Lines       []OrderItem `json:"lines" minItems:"1" maxItems:"100" nullable:"false"`
	Destination Destination `json:"destination"`
}

// Quote is what goods cost at this moment, in each way in which they can be sent. Nothing is reserved by it, and nothing stored.
type Quote struct {
	Lines      []OrderLine   `json:"lines" nullable:"false"`
	Choices    []QuoteChoice `json:"choices" nullable:"false"` // the cheapest first; none when nothing goes there
	ValidUntil time.Time     `json:"validUntil"`
}

// QuoteChoice is a way in which goods can be sent, with all that they cost by it. A mart without shipping methods in
// the goods' currency has one, and it has no method.
type QuoteChoice struct {
	ShippingMethodID string           `json:"shippingMethodId,omitempty" format:"uuid"`
	Name             string           `json:"name,omitempty"`
	Description      string           `json:"description,omitempty"`
	Delivery         *DeliveryPromise `json:"delivery,omitempty"`
	Sum
	// Quote proves that the mart has said so, until when: a keyed digest of the lines, the place and the sum.
	Quote string `json:"quote"`
}

// The messages about quotes.
var (
	MakeQuote = Query[QuoteRequest, Quote]{Noun: "quote", Verb: "make", Producers: by(Order)}
)

var quoteMessages = []Declared{MakeQuote}
