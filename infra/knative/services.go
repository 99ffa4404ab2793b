package knative

import "github.com/onlinemart/mart/events"

// function is what the documents of one function are written from.
type function struct {
	Cluster
	Name     events.Function
	Edge     bool // reached from outside: the gateway
	Size     size
	Settings []setting
}

// functions is all of them, in the order of the catalogue.
func (c Cluster) functions() []function {
	var all []function
	for _, f := range events.Functions() {
		all = append(all, function{Cluster: c, Name: f, Edge: f == events.Gateway, Size: sizes(f), Settings: c.settingsOf(f)})
	}
	return all
}

// size is how much of a cluster a function takes.
type size struct {
	MinScale, MaxScale int
	Target             int    // requests at once per pod before another is added
	CPU, Memory        string // requested
	MemoryLimit        string
	softMemory         string // of the Go runtime, below the limit
	ReadyWithin        string // how long a revision may take to get ready; "": Serving's ten minutes
}

var usual = size{MaxScale: 10, Target: 100, CPU: "50m", Memory: "48Mi", MemoryLimit: "192Mi", softMemory: "160MiB"}

// special is who differs: db, order and payment are on the way of every purchase and are kept warm; auth hashes passwords. Of a revision that
// is not ready in time the pod is taken away, and with it a migration of db's that carries many rows over, which would then begin again for ever.
var special = map[events.Function]size{
	events.DB:      {MinScale: 1, MaxScale: 4, Target: 200, CPU: "250m", Memory: "128Mi", MemoryLimit: "384Mi", softMemory: "320MiB", ReadyWithin: "3600s"},
	events.Order:   {MinScale: 1, MaxScale: 10, Target: 100, CPU: "50m", Memory: "48Mi", MemoryLimit: "192Mi", softMemory: "160MiB"},
	events.Payment: {MinScale: 1, MaxScale: 10, Target: 100, CPU: "50m", Memory: "48Mi", MemoryLimit: "192Mi", softMemory: "160MiB"},
	events.Auth:    {MaxScale: 10, Target: 20, CPU: "100m", Memory: "96Mi", MemoryLimit: "320Mi", softMemory: "256MiB"},
}

func sizes(f events.Function) size {
	if s, ok := special[f]; ok {
		return s
	}
	return usual
}
