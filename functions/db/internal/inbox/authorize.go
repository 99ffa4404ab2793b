package inbox

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Account is a member of staff or a customer as they are at this moment.
type Account = domain.Account

// Accounts is how those who ask are looked up, in the round trip that begins a transaction, and what a role may do.
type Accounts struct {
	// SQL takes the ids of staff and of customers, two uuid[], and gives kind ('user', 'app_user'), id, status, roles text[],
	// and whether a customer's e-mail address is confirmed.
	SQL    string
	Grants func(events.Role, events.Permission) bool
	// Of is somebody's account as those before in the batch have left it. It reports false when the rows know nothing of them.
	Of func(rows *domain.Rows, who events.Principal) (Account, bool)
}

// now is the account of whoever asks, when it is their command's turn: it was looked up before any command of the batch was decided.
func (a Accounts) now(rows *domain.Rows, who events.Principal, before Account) Account {
	if account, known := a.Of(rows, who); known {
		return account
	}
	return before
}

// queue asks for the accounts of those who ask. It reports false when there is nobody to look up.
func (a Accounts) queue(b *pgx.Batch, jobs []*job) bool {
	var staff, shoppers []string
	for _, j := range jobs {
		if uuid.Validate(j.By.ID) != nil {
			continue
		}
		switch j.By.Type {
		case events.Staff:
			staff = append(staff, j.By.ID)
		case events.Shopper:
			shoppers = append(shoppers, j.By.ID)
		default: // has no account
		}
	}
	if len(staff)+len(shoppers) == 0 {
		return false
	}
	b.Queue(a.SQL, staff, shoppers)
	return true
}

// read collects the answer to queue.
func (Accounts) read(rows pgx.Rows) (map[events.Principal]Account, error) {
	found := map[events.Principal]Account{}
	var who events.Principal
	var account Account
	_, err := pgx.ForEachRow(rows, []any{&who.Type, &who.ID, &account.Status, &account.Roles, &account.Proven}, func() error {
		found[who] = account
		account.Roles = nil
		return nil
	})
	return found, err
}

// Permit looks whether a member of staff may read now what needs a permission: their account is read beside what they ask for. Of everybody
// else what is read decides, and what their token says, so that nobody who buys waits for it. Error: a Problem, forbidden.
func (s *Store) Permit(ctx context.Context, by events.Principal, needs events.Permission) error {
	if by.Type != events.Staff || needs == "" {
		return nil
	}
	var account Account
	if uuid.Validate(by.ID) == nil {
		rows, err := s.Reads.Query(ctx, s.Accounts.SQL, []string{by.ID}, []string{})
		if err != nil {
			return err
		}
		found, err := s.Accounts.read(rows)
		if err != nil {
			return err
		}
		account = found[by]
	}
	if problem := s.Accounts.authorize(by, account, needs); problem != nil {
		return problem
	}
	return nil
}

// authorize decides whether by may ask for something that needs a permission. A function acting for itself may do what it may emit; so
// may a program, which has no account: its token says what it may, for minutes, and the function has looked. An account must exist,
// be active and be granted the permission now, whatever its token said a while ago.
func (a Accounts) authorize(by events.Principal, account Account, needs events.Permission) *events.Problem {
	if needs == "" || by.Type == events.System || by.Type == events.Client {
		return nil
	}
	if account.Status != events.AccountActive {
		return events.Forbidden("The account is not known or not active.")
	}
	if by.Type == events.Shopper {
		if needs == events.Shop {
			return nil
		}
		return events.Forbidden("Customers may not do this.")
	}
	for _, role := range account.Roles {
		if a.Grants(role, needs) {
			return nil
		}
	}
	return events.Forbidden("This needs the permission " + string(needs) + ".")
}
