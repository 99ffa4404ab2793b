// Package poll looks again and again until something is so, for what sends no signal: other processes, a lock on a file, another's server.
package poll

import (
	"context"
	"time"
)

// Until returns when look says that it is done, or has an error; it looks at once, and then that often. Error: look's, or ctx's when that ends
// first. What look has found out by then is the caller's to say.
func Until(ctx context.Context, every time.Duration, look func(context.Context) (done bool, err error)) error {
	for {
		if done, err := look(ctx); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(every):
		}
	}
}
