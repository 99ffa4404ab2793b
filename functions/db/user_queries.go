package db

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// selectAccounts gives those who ask, as they are now. $1 ids of staff, $2 ids of customers.
const selectAccounts = `
	select 'user'::text, id::text, status, roles from staff where id = any($1::uuid[]) and deleted_at is null
	union all
	select 'app_user'::text, id::text, status, '{}'::text[] from customer where id = any($2::uuid[]) and deleted_at is null`

func grants(r events.Role, p events.Permission) bool { return domain.Grants([]events.Role{r}, p) }

func (s *Store) getUser(ctx context.Context, e events.Received[events.Lookup]) (events.UserState, error) {
	return atLeast(ctx, s.news, "user", e.Data.ID, e.Data.MinVersion, func() (events.UserState, int64, error) {
		rows, err := s.reads.Query(ctx, `select `+userColumns+` from staff where id = $1 and deleted_at is null`, e.Data.ID)
		if err != nil {
			return events.UserState{}, 0, err
		}
		u, err := pgx.CollectExactlyOneRow(rows, scanUser)
		return u, u.Version, err
	})
}

func (s *Store) listUsers(ctx context.Context, e events.Received[events.UserFilter]) (events.Page[events.UserState], error) {
	return userList.page(ctx, s.reads, e.Data.Paging, &filter{})
}

const (
	staffCredentials    = `select id::text, password_hash, status, roles from staff where deleted_at is null and `
	customerCredentials = `select id::text, password_hash, status, '{}'::text[] from customer where deleted_at is null and `
)

func (s *Store) userCredentials(ctx context.Context, e events.Received[events.CredentialsQuestion]) (events.Credentials, error) {
	return s.credentials(ctx, "user", staffCredentials, e.Data)
}

func (s *Store) customerCredentials(ctx context.Context, e events.Received[events.CredentialsQuestion]) (events.Credentials, error) {
	return s.credentials(ctx, "customer", customerCredentials, e.Data)
}

// credentials are found by the id, else by the folded address.
func (s *Store) credentials(ctx context.Context, noun, sql string, q events.CredentialsQuestion) (c events.Credentials, err error) {
	by, value := `id = $1`, q.ID
	if q.ID == "" {
		by, value = `email = $1`, domain.FoldEmail(q.Email.Reveal())
	} else if uuid.Validate(q.ID) != nil {
		return c, events.NotFound(noun, q.ID)
	}
	err = s.reads.QueryRow(ctx, sql+by, value).Scan(&c.ID, &c.PasswordHash, &c.Status, &c.Roles)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, events.NotFound(noun, q.ID)
	}
	return c, err
}
