package events

import "time"

// StockState is the stock of one product: 0 ≤ Reserved ≤ OnHand always.
type StockState struct {
	ProductID string `json:"productId"`
	OnHand    int64  `json:"onHand" minimum:"0"`
	Reserved  int64  `json:"reserved" minimum:"0"`
	Available int64  `json:"available" minimum:"0"`
	Version   int64  `json:"version"`
}

// StockReason says why stock moved.
type StockReason string

// The reasons. The first six are a person's, the others an order's.
const (
	StockReceived  StockReason = "received"
	StockCounted   StockReason = "counted"
	StockDamaged   StockReason = "damaged"
	StockLost      StockReason = "lost"
	StockReturned  StockReason = "returned"
	StockCorrected StockReason = "corrected"
	StockReserved  StockReason = "reserved"
	StockReleased  StockReason = "released"
	StockCommitted StockReason = "committed"
	StockRestocked StockReason = "restocked"
)

// StockShortage says that a product has become low: so few can be sold now, and more could before.
type StockShortage struct {
	StockState
	LowAt int64 `json:"lowAt"` // from how few on a product is low
}

// StockAdjustment changes what is on hand, up or down.
type StockAdjustment struct {
	Delta  int64       `json:"delta" minimum:"-1000000000" maximum:"1000000000"`
	Reason StockReason `json:"reason" enum:"received,counted,damaged,lost,returned,corrected"`
	Note   Words       `json:"note,omitzero" maxLength:"500"`
}

// StockMovement is a change of one product's stock that was made: what the append-only ledger has a line of.
type StockMovement struct {
	ID            int64       `json:"id"`
	ProductID     string      `json:"productId"`
	OnHandDelta   int64       `json:"onHandDelta"`
	ReservedDelta int64       `json:"reservedDelta"`
	Reason        StockReason `json:"reason"`
	OrderID       string      `json:"orderId,omitempty"`
	PartID        string      `json:"partId,omitempty"` // which part of the order: a fulfilment, a return or a cancellation
	Note          Words       `json:"note,omitzero"`
	By            Principal   `json:"by"`
	At            time.Time   `json:"at"`
}

// OrderStock names the order whose stock is meant; the message's subject is the order.
type OrderStock struct {
	OrderID string `json:"orderId" format:"uuid"`
}

// OrderStockMoved says what an order did to stock.
type OrderStockMoved struct {
	OrderID   string          `json:"orderId"`
	Movements []StockMovement `json:"movements"` // empty when it had been done before
}

// ListedStock is the stock of a product with what the product is called now.
type ListedStock struct {
	StockState
	SKU  string `json:"sku,omitempty"` // a db of the release before says neither
	Name string `json:"name,omitempty"`
}

// StockFilter asks for a page of stock levels.
type StockFilter struct {
	Paging
	Text string `json:"q,omitempty"`   // words in the product's name or SKU
	Low  bool   `json:"low,omitempty"` // only what is low: STOCK_LOW_AT of db says from how few on
}

// MovementFilter asks for a page of one product's ledger, newest first.
type MovementFilter struct {
	Paging
	ProductID string `json:"productId"`
}

// The messages about stock. Subjects are a product for an adjustment and an order for the others.
var (
	AdjustStock  = Message[StockAdjustment]{Kind: Command, Noun: "inventory", Verb: "adjust", Producers: by(Inventory), Consumers: to(DB), Needs: StockWrite}
	CommitStock  = Message[OrderStock]{Kind: Command, Noun: "inventory", Verb: "commit", Producers: by(Inventory), Consumers: to(DB)}
	RestockOrder = Message[OrderStock]{Kind: Command, Noun: "inventory", Verb: "restock", Producers: by(Inventory), Consumers: to(DB)}

	StockAdjusted       = Message[StockState]{Kind: Event, Noun: "inventory", Verb: "adjusted", Producers: by(DB)}
	StockLow            = Message[StockShortage]{Kind: Event, Noun: "inventory", Verb: "low", Producers: by(DB), Consumers: to(Notification)} // of a product on sale, each time it becomes so
	OrderStockCommitted = Message[OrderStockMoved]{Kind: Event, Noun: "inventory", Verb: "committed", Producers: by(DB)}
	OrderStockRestocked = Message[OrderStockMoved]{Kind: Event, Noun: "inventory", Verb: "restocked", Producers: by(DB)}

	GetStock      = Query[Lookup, ListedStock]{Noun: "inventory", Verb: "get", Producers: by(Inventory), Needs: StockRead}
	ListStock     = Query[StockFilter, Page[ListedStock]]{Noun: "inventory", Verb: "list", Producers: by(Inventory), Needs: StockRead}
	ListMovements = Query[MovementFilter, Page[StockMovement]]{Noun: "inventory", Verb: "movements", Producers: by(Inventory), Needs: StockRead}
)

var inventoryMessages = []Declared{
	AdjustStock, CommitStock, RestockOrder, StockAdjusted, StockLow, OrderStockCommitted, OrderStockRestocked, GetStock, ListStock, ListMovements,
}
