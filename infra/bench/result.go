package bench

// Result is everything measured. Times are in milliseconds, sizes of one purchase in bytes. A figure that is 0 was not measured: this program or
// this system does not tell it.
type Result struct {
	Creates64PerSecond  float64 `json:"creates64PerSecond,omitzero"`
	Creates256PerSecond float64 `json:"creates256PerSecond,omitzero"`
	CreateP50Ms         float64 `json:"createP50Ms,omitzero"` // one client
	CreateP99Ms         float64 `json:"createP99Ms,omitzero"`
	BaselinePerSecond   float64 `json:"baselinePerSecond,omitzero"` // the same SQL as for a create, nothing else
	Ratio64             float64 `json:"ratio64,omitzero"`
	Ratio256            float64 `json:"ratio256,omitzero"`

	PurchasesPerSecond        float64 `json:"purchasesPerSecond,omitzero"`
	LoadedPurchaseP50Ms       float64 `json:"loadedPurchaseP50Ms,omitzero"` // with all buyers at once, from the order until the money is captured
	LoadedPurchaseP99Ms       float64 `json:"loadedPurchaseP99Ms,omitzero"`
	PurchaseP50Ms             float64 `json:"purchaseP50Ms,omitzero"` // one alone, until its stock is committed and its mail is there
	PurchaseP99Ms             float64 `json:"purchaseP99Ms,omitzero"`
	PurchaseBaselinePerSecond float64 `json:"purchaseBaselinePerSecond,omitzero"` // what db writes for a purchase, a transaction a command, nothing else
	PurchaseRatio             float64 `json:"purchaseRatio,omitzero"`

	ProcessorMs    float64 `json:"processorMs,omitzero"`    // of one purchase, in the mart's process: neither the clients' nor Postgres's
	WALBytes       float64 `json:"walBytes,omitzero"`       // of one purchase
	DiskBytes      float64 `json:"diskBytes,omitzero"`      // of one purchase, with indexes, after a vacuum
	MemoryFirstMiB float64 `json:"memoryFirstMiB,omitzero"` // resident memory of `mart up` at the 1,000th purchase
	MemoryLastMiB  float64 `json:"memoryLastMiB,omitzero"`  // at the last one, when there were more
	DBPeakMiB      float64 `json:"dbPeakMiB,omitzero"`      // of db as a process of its own, at its most

	Counts Counts `json:"counts,omitzero"`

	ReadySeconds float64 `json:"readySeconds,omitzero"`
	Purchases    int64   `json:"purchases"` // how many were bought while that was measured
	Failures     int64   `json:"failures"`  // requests that did not succeed
	BaselineTool string  `json:"baselineTool,omitzero"`
	Broker       string  `json:"broker"`
	Database     string  `json:"database"`
	Processors   int     `json:"processors"`
	Quiet        Quiet   `json:"quiet"`
}

// Counts is what one purchase takes of each kind: figures without a clock, the same on every machine. Requests to the test provider and to the
// mail inbox are not in it, nor is what db does all the time.
type Counts struct {
	Requests   float64 `json:"requests,omitzero"`   // HTTP requests that functions and gateway receive, those of the customer included
	Questions  float64 `json:"questions,omitzero"`  // of them: questions to db
	Deliveries float64 `json:"deliveries,omitzero"` // of them: records of Kafka, delivered to a function
	Commands   float64 `json:"commands,omitzero"`   // of these: to db
	Records    float64 `json:"records,omitzero"`    // written to Kafka
	Statements float64 `json:"statements,omitzero"` // in db's transactions, with begin and commit
	RoundTrips float64 `json:"roundTrips,omitzero"` // of these
	Reads      float64 `json:"reads,omitzero"`      // selects on their own: to answer questions, and to look what another db has decided
}

// ratios to what the same Postgres does with nothing else in the way.
func (r *Result) ratios() {
	if r.BaselinePerSecond > 0 {
		r.Ratio64, r.Ratio256 = r.Creates64PerSecond/r.BaselinePerSecond, r.Creates256PerSecond/r.BaselinePerSecond
	}
	if r.PurchaseBaselinePerSecond > 0 {
		r.PurchaseRatio = r.PurchasesPerSecond / r.PurchaseBaselinePerSecond
	}
}

// Figure is one line of a table.
type Figure struct {
	Name   string // as in JSON
	What   string
	Format string // of its value, for fmt
	Aim    string
	Of     func(Result) float64
}

// Figures is every line, in order.
var Figures = []Figure{
	{"createP50Ms", "create, 1 client, p50", "%.1f ms", "3 ms or less", func(r Result) float64 { return r.CreateP50Ms }},
	{"createP99Ms", "create, 1 client, p99", "%.1f ms", "", func(r Result) float64 { return r.CreateP99Ms }},
	{"creates64PerSecond", "creates, 64 clients", "%.0f/s", "", func(r Result) float64 { return r.Creates64PerSecond }},
	{"creates256PerSecond", "creates, 256 clients", "%.0f/s", "", func(r Result) float64 { return r.Creates256PerSecond }},
	{"baselinePerSecond", "a create's SQL, nothing else", "%.0f/s", "", func(r Result) float64 { return r.BaselinePerSecond }},
	{"ratio64", "ratio, 64 clients", "%.2f", "0.5 or more", func(r Result) float64 { return r.Ratio64 }},
	{"ratio256", "ratio, 256 clients", "%.2f", "", func(r Result) float64 { return r.Ratio256 }},
	{"purchaseP50Ms", "one whole purchase alone, p50", "%.1f ms", "20 ms or less", func(r Result) float64 { return r.PurchaseP50Ms }},
	{"purchaseP99Ms", "one whole purchase alone, p99", "%.1f ms", "", func(r Result) float64 { return r.PurchaseP99Ms }},
	{"purchasesPerSecond", "whole purchases, all buyers", "%.0f/s", "240/s or more", func(r Result) float64 { return r.PurchasesPerSecond }},
	{"loadedPurchaseP50Ms", "until paid, all buyers, p50", "%.0f ms", "", func(r Result) float64 { return r.LoadedPurchaseP50Ms }},
	{"loadedPurchaseP99Ms", "until paid, all buyers, p99", "%.0f ms", "", func(r Result) float64 { return r.LoadedPurchaseP99Ms }},
	{"purchaseBaselinePerSecond", "a purchase's SQL, nothing else", "%.0f/s", "", func(r Result) float64 { return r.PurchaseBaselinePerSecond }},
	{"purchaseRatio", "ratio of purchases", "%.2f", "", func(r Result) float64 { return r.PurchaseRatio }},
	{"processorMs", "the mart's processor time each", "%.1f ms", "8 ms or less", func(r Result) float64 { return r.ProcessorMs }},
	{"walBytes", "write-ahead log each", "%.0f B", "16,000 B or less", func(r Result) float64 { return r.WALBytes }},
	{"diskBytes", "on disk each", "%.0f B", "12,000 B or less", func(r Result) float64 { return r.DiskBytes }},
	{"requests", "HTTP requests each", "%.1f", "", func(r Result) float64 { return r.Counts.Requests }},
	{"questions", "questions to db each", "%.1f", "", func(r Result) float64 { return r.Counts.Questions }},
	{"deliveries", "deliveries of events each", "%.1f", "", func(r Result) float64 { return r.Counts.Deliveries }},
	{"commands", "of them to db", "%.1f", "", func(r Result) float64 { return r.Counts.Commands }},
	{"records", "records on Kafka each", "%.1f", "", func(r Result) float64 { return r.Counts.Records }},
	{"statements", "SQL statements each", "%.1f", "", func(r Result) float64 { return r.Counts.Statements }},
	{"roundTrips", "round trips to Postgres each", "%.1f", "", func(r Result) float64 { return r.Counts.RoundTrips }},
	{"reads", "selects on their own each", "%.1f", "", func(r Result) float64 { return r.Counts.Reads }},
	{"memoryFirstMiB", "memory at purchase 1,000", "%.0f MiB", "", func(r Result) float64 { return r.MemoryFirstMiB }},
	{"memoryLastMiB", "memory at the last purchase", "%.0f MiB", "", func(r Result) float64 { return r.MemoryLastMiB }},
	{"dbPeakMiB", "db's memory at its most", "%.0f MiB", "150 MiB or less", func(r Result) float64 { return r.DBPeakMiB }},
	{"readySeconds", "ready after", "%.1f s", "5 s or less", func(r Result) float64 { return r.ReadySeconds }},
}
