package db

import (
	"context"
	"fmt"
	"time"

	"github.com/onlinemart/mart/functions/db/internal/inbox"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// erasing takes out of the tables what is left of customers who were erased (migration 33): at once what nobody needs, with the end of each order what
// the shop needs to send it. The decision that erases them locks none of it.
type erasing struct {
	Settled time.Duration // so long after they were erased, what they had under way has come to its end
	Again   time.Duration // until the next look at somebody of whom something was left
}

const (
	eraseLimit  = 50              // orders, mails and sessions in one step
	eraseWithin = 2 * time.Second // of a sweep: deadlines wait for it

	eraseSome = `select erase_some($1, $2, $3, $4, $5, $6, $7)`
)

// sweep goes on step by step, each in a transaction of its own, until everybody was looked at who was to be, or its time is over.
func (e erasing) sweep(ctx context.Context, s *inbox.Store) error {
	var began time.Time
	if err := s.Writes.QueryRow(ctx, `select now()`).Scan(&began); err != nil {
		return fmt.Errorf("erase customers: %w", err)
	}
	for end, emptied := time.Now().Add(eraseWithin), int64(0); ; {
		var rows *int64
		err := s.Writes.QueryRow(ctx, eraseSome, began, e.Settled, e.Again, domain.OrderEnds(), domain.OpenReturns(), domain.OwnWords(), eraseLimit).Scan(&rows)
		if err != nil {
			return fmt.Errorf("erase customers: %w", err)
		}
		if rows != nil {
			emptied += *rows
			s.Persons.Forget()
		}
		if rows == nil || time.Now().After(end) {
			if emptied > 0 {
				s.Log.Info("customers who were erased have lost what was left of them", "rows", emptied)
			}
			return nil
		}
	}
}
