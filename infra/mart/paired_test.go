package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/onlinemart/mart/infra/bench"
)

// older is this program as it was before it could count: it knows no `bench counts`.
func older(t *testing.T) string {
	t.Helper()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("#!/bin/sh\n[ \"$1\" != bench ] || { echo 'mart: unexpected argument counts' >&2; exit 1; }\nexec '%s' \"$@\"\n", own)
	path := filepath.Join(t.TempDir(), "mart")
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	return path
}

func TestPairedMeasuresAnOlderProgramFromOutside(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it starts four marts")
	}
	var progress bytes.Buffer
	pair, err := bench.Paired(t.Context(), bench.Options{For: 200 * time.Millisecond, Buyers: 4, Purchases: 12, Progress: &progress}, older(t), 1)
	if err != nil {
		t.Fatalf("%v\n%s", err, progress.String())
	}
	seenInBoth := []string{
		"createP50Ms", "creates64PerSecond", "ratio64", "purchaseP50Ms", "purchasesPerSecond", "loadedPurchaseP50Ms", "loadedPurchaseP99Ms",
		"purchaseBaselinePerSecond", "purchaseRatio", "processorMs", "walBytes", "diskBytes", "deliveries", "commands", "records", "statements", "roundTrips",
	}
	for _, name := range seenInBoth {
		if pair.Old.Median[name] <= 0 || pair.New.Median[name] <= 0 || pair.Ratios[name] <= 0 {
			t.Errorf("%s: old %v, new %v, ratio %v, want all of them", name, pair.Old.Median[name], pair.New.Median[name], pair.Ratios[name])
		}
	}
	for _, name := range []string{"requests", "questions"} {
		if _, told := pair.Old.Median[name]; told || pair.New.Median[name] <= 0 {
			t.Errorf("%s: old %v, new %v, want it of the new one alone", name, pair.Old.Median[name], pair.New.Median[name])
		}
	}
	var shown strings.Builder
	compared(&shown, pair)
	if line := lineOf(shown.String(), "questions to db each"); !strings.Contains(line, " - ") {
		t.Errorf("what the older program does not tell is shown as %q, want a dash", line)
	}
	if _, err := json.Marshal(pair); err != nil {
		t.Errorf("as JSON: %v", err)
	}
	t.Logf("\n%s", shown.String())
}

func lineOf(text, what string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, what) {
			return line
		}
	}
	return ""
}
