package paymentgateway

import (
	"fmt"
	"runtime"
	"testing"
)

// A purchase stays on the disk; what it costs in memory is where it is there. It weighs the heap of this process, so it runs alone.
func TestAPurchaseCostsLittleHeap(t *testing.T) { //nolint:paralleltest // see above
	b := setup(t)
	buy := func(from, to int) {
		for i := from; i < to; i++ {
			id := fmt.Sprintf("0198c6f2-3c1e-7d4a-9b1e-%012d", i)
			in := b.pay("pm_card_visa", "authorize-"+id, "metadata[payment_id]", id).object.ID
			b.must("/v1/payment_intents/"+in+"/capture", "capture-"+id)
		}
	}
	weigh := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	const warm, bought = 50, 550
	buy(0, warm)
	before := weigh()
	buy(warm, bought)
	each := (weigh() - before) / (bought - warm)
	t.Logf("a purchase costs %d bytes", each)
	if each > 800 {
		t.Errorf("a purchase costs %d bytes of heap for ever; where it is in the ledger has 300", each)
	}
	if s := b.Ledger(); len(s.Movements) != 2*bought || len(s.ByPayment) != bought {
		t.Errorf("%d movements of %d payments", len(s.Movements), len(s.ByPayment))
	}
}
