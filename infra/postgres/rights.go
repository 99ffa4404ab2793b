package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

func ensureRoles(ctx context.Context, admin *pgx.Conn, password string) error {
	for _, role := range []string{OwnerRole, AppRole} {
		_, err := admin.Exec(ctx, "create role "+quoted(role)+" login")
		if err != nil && !already(err) {
			return fmt.Errorf("create role %s: %w", role, err)
		}
		if password == "" {
			continue
		}
		if err := setPassword(ctx, admin, role, password); err != nil {
			return err
		}
	}
	var member bool
	if err := admin.QueryRow(ctx, "select pg_has_role($1, 'member')", OwnerRole).Scan(&member); err != nil {
		return fmt.Errorf("look up membership: %w", err)
	}
	if member {
		return nil
	}
	if _, err := admin.Exec(ctx, "grant "+quoted(OwnerRole)+" to current_user"); err != nil {
		return fmt.Errorf("join role %s: %w", OwnerRole, err)
	}
	return nil
}

func setPassword(ctx context.Context, admin *pgx.Conn, role, password string) error {
	var statement string // a password cannot be a parameter of ALTER ROLE; format quotes it
	if err := admin.QueryRow(ctx, "select format('alter role %I password %L', $1::text, $2::text)", role, password).Scan(&statement); err != nil {
		return fmt.Errorf("quote password: %w", err)
	}
	if _, err := admin.Exec(ctx, statement); err != nil {
		return fmt.Errorf("set password of role %s: %w", role, err)
	}
	return nil
}

// rights is what makes the app role least-privileged: no schema changes, no roles, no other database. Migrations take
// more away, from ledgers say.
var rights = []string{
	"revoke all on schema public from public",
	"alter schema public owner to mart_owner",
	"grant usage on schema public to mart",
	"alter default privileges for role mart_owner grant select, insert, update, delete on tables to mart",
	"alter default privileges for role mart_owner grant usage, select on sequences to mart",
}

func grant(ctx context.Context, admin *pgx.Conn, name string) error {
	for _, right := range append(entrance(name), rights...) {
		if _, err := admin.Exec(ctx, right); err != nil {
			return fmt.Errorf("%s: %w", right, err)
		}
	}
	return nil
}

// entrance lets the two roles into the database and nobody else.
func entrance(name string) []string {
	return []string{
		"revoke all on database " + quoted(name) + " from public",
		"grant connect, temporary on database " + quoted(name) + " to mart_owner",
		"grant connect on database " + quoted(name) + " to mart",
	}
}
