package inbox

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Account is a member of staff or a customer as they are at this moment.
type Account = domain.Account

// Accounts is how those who ask are looked up, in the round trip that begins a transaction, and what a role may do.
type Accounts struct {
	// SQL takes the ids of staff, of customers and of the log-ins by which they ask, three uuid[], and gives kind ('user', 'app_user'), id, status, roles text[] and null; of each log-in that
	// has ended '', its id, two values that say nothing, and when it did.
	SQL    string
	Grants func(events.Role, events.Permission) bool
	// Over tells of a log-in that has ended whether it had when something was asked by it; ErrOver is what that is refused with.
	Over    func(ended, asked time.Time) bool
	ErrOver *events.Problem
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

// askers are those who ask, and by which log-ins, as Accounts.SQL takes them.
type askers struct{ staff, shoppers, sessions []string }

func (a *askers) add(e events.Envelope) {
	if uuid.Validate(e.Session) == nil {
		a.sessions = append(a.sessions, e.Session)
	}
	if uuid.Validate(e.By.ID) != nil {
		return
	}
	switch e.By.Type {
	case events.Staff:
		a.staff = append(a.staff, e.By.ID)
	case events.Shopper:
		a.shoppers = append(a.shoppers, e.By.ID)
	default: // has no account
	}
}

func (a *askers) none() bool { return len(a.staff)+len(a.shoppers)+len(a.sessions) == 0 }

// standings are how those who ask stand: their accounts, and when the log-ins have ended that have.
type standings struct {
	accounts map[events.Principal]Account
	ended    map[string]time.Time
}

// over tells whether the log-in by which e asks had ended by then.
func (a Accounts) over(found standings, e events.Envelope) bool {
	ended, has := found.ended[e.Session]
	return has && a.Over(ended, e.Time)
}

// queue asks how those stand who ask. It reports false when there is nobody to look up.
func (a Accounts) queue(b *pgx.Batch, jobs []*job) bool {
	var all askers
	for _, j := range jobs {
		all.add(j.Envelope)
	}
	if all.none() {
		return false
	}
	b.Queue(a.SQL, all.staff, all.shoppers, all.sessions)
	return true
}

// read collects the answer to queue.
func (Accounts) read(rows pgx.Rows) (standings, error) {
	found := standings{map[events.Principal]Account{}, map[string]time.Time{}}
	var who events.Principal
	var account Account
	var ended *time.Time
	_, err := pgx.ForEachRow(rows, []any{&who.Type, &who.ID, &account.Status, &account.Roles, &ended}, func() error {
		if ended != nil {
			found.ended[who.ID] = *ended
			return nil
		}
		found.accounts[who] = account
		account.Roles = nil
		return nil
	})
	return found, err
}

// standing looks how those stand who ask.
func (s *Store) standing(ctx context.Context, who askers) (standings, error) {
	if who.none() {
		return standings{}, nil
	}
	rows, err := s.Reads.Query(ctx, s.Accounts.SQL, who.staff, who.shoppers, who.sessions)
	if err != nil {
		return standings{}, err
	}
	return s.Accounts.read(rows)
}

// Admit looks whether somebody may ask a question now: the log-in that their token is of must not have ended, and a member of staff must have the permission that it
// needs. Errors: Problems, token_expired; forbidden.
func (s *Store) Admit(ctx context.Context, e events.Envelope, needs events.Permission) error {
	looks := events.Envelope{Session: e.Session}
	if needs != "" && e.By.Type == events.Staff {
		looks.By = e.By
	}
	var who askers
	who.add(looks)
	found, err := s.standing(ctx, who)
	switch {
	case err != nil:
		return err
	case s.Accounts.over(found, e):
		return s.Accounts.ErrOver
	case looks.By.Type == "":
		return nil
	}
	if problem := s.Accounts.authorize(e.By, found.accounts[e.By], needs); problem != nil {
		return problem
	}
	return nil
}

// Permit looks whether a member of staff may read now what needs a permission: their account is read beside what they ask for. Of everybody
// else what is read decides, and what their token says, so that nobody who buys waits for it. Error: a Problem, forbidden.
func (s *Store) Permit(ctx context.Context, by events.Principal, needs events.Permission) error {
	if by.Type != events.Staff || needs == "" {
		return nil
	}
	return s.Admit(ctx, events.Envelope{By: by}, needs)
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
