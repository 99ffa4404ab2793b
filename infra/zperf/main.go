package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/onlinemart/mart/events"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"sort"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func main() {
	debug.SetGCPercent(400)
	n := must(strconv.Atoi(os.Args[1]))
	dur := must(time.ParseDuration(os.Args[2]))
	ctx := context.Background()
	m := must(laptop.Start(ctx, laptop.Config{Empty: true, LogLevel: "error"}))
	owner := must(m.OwnerClient(ctx))
	var shelf []client.Product
	for i := range 32 {
		shelf = append(shelf, must(owner.Stocked(ctx, uuid.NewString()[:18], fmt.Sprintf("Bench %d", i), client.Money{Amount: 1999, Currency: "EUR"}, 1000000)))
	}
	var people []client.Client
	for range n {
		c, _, err := client.New(m.URL).Register(ctx, uuid.NewString()+"@example.com", "Bench", "nine quiet boats on tuesday")
		if err != nil {
			panic(err)
		}
		people = append(people, c)
	}
	f := must(os.Create("/tmp/buy.prof"))
	var mu sync.Mutex
	var orders, pays []time.Duration
	var wg sync.WaitGroup
	until := time.Now().Add(dur)
	pprof.StartCPUProfile(f)
	begin := time.Now()
	for i, b := range people {
		wg.Go(func() {
			for k := i; time.Now().Before(until); k++ {
				s := time.Now()
				o, err := b.Order(ctx, "Bench", client.Line{ProductID: shelf[k%32].ID, Quantity: 1})
				if err != nil {
					fmt.Println(err)
					continue
				}
				d1 := time.Since(s)
				s = time.Now()
				p, err := b.Pay(ctx, o.ID, "pm_card_visa")
				if err != nil {
					fmt.Println(err)
					continue
				}
				if p.Status != "captured" {
					fmt.Println(p.Status)
				}
				d2 := time.Since(s)
				mu.Lock()
				orders, pays = append(orders, d1), append(pays, d2)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	fmt.Println("bought", len(pays), "in", time.Since(begin))
	m.Inbox.Await(ctx, len(pays))
	fmt.Printf("%.0f/s\n", float64(len(pays))/time.Since(begin).Seconds())
	pprof.StopCPUProfile()
	f.Close()
	for _, d := range [][]time.Duration{orders, pays} {
		sort.Slice(d, func(i, j int) bool { return d[i] < d[j] })
		fmt.Println("p50", d[len(d)/2], "p99", d[len(d)*99/100])
	}
	res, err := http.Get(m.At(events.DB) + "/metrics")
	if err == nil {
		raw, _ := io.ReadAll(res.Body)
		for _, l := range strings.Split(string(raw), "\n") {
			if strings.HasPrefix(l, "mart_") && !strings.Contains(l, "bucket") {
				fmt.Println(l)
			}
		}
	}
	m.Stop(ctx)
}
