package client

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Pending is the path of the operation that the mart has accepted and not carried out yet; "" otherwise.
func (a Answer) Pending() string {
	if at := a.Header.Get("Location"); a.Status == http.StatusAccepted && strings.HasPrefix(at, "/operations/") {
		return at
	}
	return ""
}

// settled waits for the end of an operation, and gives the path of what it made or changed. Error: *Problem when it failed.
func (c Client) settled(ctx context.Context, operation string) (path string, err error) {
	o, err := Until(ctx, c, operation, func(o Operation) bool { return o.Status != "pending" })
	if err == nil && o.Error != nil {
		return "", o.Error
	}
	return o.Resource.Href, err
}

// The pause between two looks is a part of how long it takes already: exact when it is quick, cheap when it is not.
const (
	shortestPause = 5 * time.Millisecond
	longestPause  = 100 * time.Millisecond
)

// Until polls path until ok says so, at most until ctx ends.
func Until[T any](ctx context.Context, c Client, path string, ok func(T) bool) (T, error) {
	for begun := time.Now(); ; {
		got, a, err := Do[T](ctx, c, http.MethodGet, path, nil)
		if err == nil && ok(got) {
			return got, nil
		}
		select {
		case <-ctx.Done():
			return got, fmt.Errorf("waited in vain at %s: %w; last answer %d %.300s", path, ctx.Err(), a.Status, a.Body)
		case <-time.After(min(max(time.Since(begun)/10, shortestPause), longestPause)):
		}
	}
}
