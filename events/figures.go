package events

import "time"

// FiguresQuestion asks how the shop does.
type FiguresQuestion struct {
	Since time.Time `json:"since"` // from when on orders are counted
	Until time.Time `json:"until,omitzero" doc:"The end of the last of the hours that are counted; absent: hours are not."`
}

// Figures is how the shop does, in numbers that are about nobody.
type Figures struct {
	Orders      int64   `json:"orders" minimum:"0" doc:"How many were placed since then."`
	PerHour     []int64 `json:"perHour,omitempty" nullable:"false" maxItems:"24" doc:"How many were placed in each of the last 24 hours, the oldest first; absent where nobody asked for hours." example:"[0,2,1]"`
	ToBePaid    int64   `json:"toBePaid" minimum:"0" doc:"How many orders wait for their payment, whenever they were placed."`
	Unpublished int64   `json:"unpublished" minimum:"0" doc:"The results of how many commands Kafka is not known to have; the last seconds are among them."`
}

// GetFigures is for the function order alone, as itself: how much a shop sells is nobody else's business.
var GetFigures = Query[FiguresQuestion, Figures]{Noun: "order", Verb: "figures", Producers: by(Order)}
