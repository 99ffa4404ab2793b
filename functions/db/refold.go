package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"github.com/pressly/goose/v3"

	"github.com/onlinemart/mart/functions/internal/domain"
)

// refoldVersion is the migration that brings the addresses there are to the spelling in which they are looked for now.
const refoldVersion = 8

// refold is that migration: letters beyond ASCII in a domain become the net's spelling of it. Where two accounts turn out to be one
// mailbox, the one that has that spelling already, else the older one, keeps it. The other is told of in the log, by its id: nobody can
// log in to it any more.
func refold(log *slog.Logger) *goose.Migration {
	up := func(ctx context.Context, tx *sql.Tx) error {
		for _, table := range []string{"staff", "customer"} {
			if err := refoldTable(ctx, tx, log, table); err != nil {
				return fmt.Errorf("fold the addresses of %s: %w", table, err)
			}
		}
		return nil
	}
	stay := func(context.Context, *sql.Tx) error { return nil }
	return goose.NewGoMigration(refoldVersion, &goose.GoFunc{RunTx: up}, &goose.GoFunc{RunTx: stay})
}

func refoldTable(ctx context.Context, tx *sql.Tx, log *slog.Logger, table string) error {
	refolded, err := toRefold(ctx, tx, table)
	if err != nil {
		return err
	}
	for _, account := range refolded {
		done, err := tx.ExecContext(ctx, `update `+table+` set email = $2 where id = $1
			and not exists (select from `+table+` o where o.email = $2 and o.id <> $1 and o.deleted_at is null)`, account.id, account.email)
		if err != nil {
			return err
		}
		changed, err := done.RowsAffected()
		if err != nil {
			return err
		}
		if changed == 0 {
			log.Warn("two accounts have one mailbox, by two spellings of its domain: nobody can log in to this one; delete it or change its address",
				"table", table, "id", account.id)
		}
	}
	return nil
}

// addressed is somebody's row and how their address is folded now.
type addressed struct{ id, email string }

// toRefold gives the accounts whose addresses are folded otherwise now, the oldest first.
func toRefold(ctx context.Context, tx *sql.Tx, table string) (refolded []addressed, err error) {
	rows, err := tx.QueryContext(ctx, `select id::text, email from `+table+` where deleted_at is null and octet_length(email) <> char_length(email) order by created_at, id`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var a addressed
		if err := rows.Scan(&a.id, &a.email); err != nil {
			return nil, err
		}
		if folded := domain.FoldEmail(a.email); folded != a.email {
			refolded = append(refolded, addressed{a.id, folded})
		}
	}
	return refolded, rows.Err()
}
