package db

import (
	"time"

	"github.com/onlinemart/mart/functions/internal/domain"
)

// payGrace is how long a customer who has begun to pay at the last moment has to finish.
const payGrace = 10 * time.Minute

// limitsOf is the settings that decisions need.
func limitsOf(c Config) domain.Limits {
	return domain.Limits{
		PayWithin: c.OrderTTL, PayGrace: min(payGrace, c.OrderTTL), Unpaid: c.OrderLimit,
		Logins: domain.LoginTerms{PerPlace: c.PerPlace, Strangers: c.Strangers},
	}
}

// deadlineTable is only written: what is due, and what is not to be waited for any longer.
var deadlineTable = table{save: func(_ moment, rows *domain.Rows) (all []write) {
	var set, cleared []domain.Deadline
	for _, c := range domain.Deadlines.Changes(rows) {
		if c.After.At.IsZero() {
			cleared = append(cleared, c.After)
		} else {
			set = append(set, c.After)
		}
	}
	all = upserts(setDeadlines, deadlineColumns, set)
	if len(cleared) > 0 {
		all = append(all, write{clearDeadlines, lists(deadlineColumns[:2], cleared), -1})
	}
	return all
}}

var deadlineColumns = []field[domain.Deadline]{
	col("kind", "text", func(d domain.Deadline) string { return d.Kind }),
	col("subject", "uuid", func(d domain.Deadline) string { return d.Subject }),
	col("due_at", "timestamptz", func(d domain.Deadline) time.Time { return d.At }),
}

var (
	setDeadlines = `
		insert into deadline (kind, subject, due_at) select kind, subject, due_at from ` + unnest(deadlineColumns) + ` order by kind, subject
		on conflict (kind, subject) do update set due_at = excluded.due_at, fired_at = null`
	clearDeadlines = `delete from deadline d using ` + unnest(deadlineColumns[:2]) + ` where d.kind = c.kind and d.subject = c.subject`
)
