package kafkasource

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

var isoDuration = regexp.MustCompile(`^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$`)

var isoUnits = []time.Duration{7 * 24 * time.Hour, 24 * time.Hour, time.Hour, time.Minute, time.Second}

// parseDuration reads an ISO 8601 duration such as PT0.2S or PT1M30S, to the millisecond as Knative does.
func parseDuration(text string) (time.Duration, error) {
	parts := isoDuration.FindStringSubmatch(text)
	if parts == nil || text == "P" || text[len(text)-1] == 'T' {
		return 0, fmt.Errorf("%q is not an ISO 8601 duration: write it like PT0.2S or PT25S", text)
	}
	var total float64
	for i, unit := range isoUnits {
		if parts[i+1] == "" {
			continue
		}
		n, err := strconv.ParseFloat(parts[i+1], 64)
		if err != nil {
			return 0, fmt.Errorf("%q is not an ISO 8601 duration: %w", text, err)
		}
		total += n * float64(unit/time.Millisecond)
	}
	if total > float64(24*365*time.Hour/time.Millisecond) {
		return 0, fmt.Errorf("%q is longer than a year", text)
	}
	return time.Duration(total+1e-6) * time.Millisecond, nil
}
