package postgres

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
)

// CreateDatabaseBeside makes the database and the two roles on a server that others may use, too, other marts among them. Roles belong to a
// whole server: whoever enters a database of a mart does so by a login of that database alone, with its own password, and is the role from
// then on. No password of anybody else's changes.
func CreateDatabaseBeside(ctx context.Context, adminDSN, name, password string) (Database, error) {
	if _, err := CreateDatabase(ctx, adminDSN, name, ""); err != nil {
		return Database{}, err
	}
	database := Database{Name: name}
	err := onConnection(ctx, adminDSN, func(admin *pgx.Conn) error {
		if err := oneAtATime(ctx, admin); err != nil {
			return err
		}
		for role, dsn := range map[string]*string{OwnerRole: &database.Owner, AppRole: &database.App} {
			login := loginOf(role, name)
			if err := ensureLogin(ctx, admin, login, role, password); err != nil {
				return err
			}
			var err error
			if *dsn, err = redirect(adminDSN, url.UserPassword(login, password), name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Database{}, fmt.Errorf("postgres: make the logins of database %s: %w", name, err)
	}
	return database, nil
}

// loginOf is the name under which a role enters one database.
func loginOf(role, database string) string { return role + " of " + database }

func ensureLogin(ctx context.Context, admin *pgx.Conn, login, role, password string) error {
	for _, step := range []string{
		"create role " + quoted(login) + " login",
		"grant " + quoted(role) + " to " + quoted(login),
		"alter role " + quoted(login) + " set role " + quoted(role), // what it makes is the role's
	} {
		if _, err := admin.Exec(ctx, step); err != nil && !already(err) {
			return fmt.Errorf("%s: %w", step, err)
		}
	}
	return setPassword(ctx, admin, login, password)
}

// DatabaseThere tells whether a server has a database of that name.
func DatabaseThere(ctx context.Context, adminDSN, name string) (there bool, err error) {
	err = onConnection(ctx, adminDSN, func(admin *pgx.Conn) error {
		there, err = isThere(ctx, admin, name)
		return err
	})
	if away, network := errors.AsType[*UnreachableError](err); network {
		return false, away
	}
	if err != nil {
		return false, fmt.Errorf("postgres: look for the database %s: %w", name, err)
	}
	return there, nil
}
