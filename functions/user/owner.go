package user

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/password"
)

// OwnerSettings say who the first owner is. They matter only as long as there is no member of staff.
type OwnerSettings struct {
	Email    string `env:"OWNER_EMAIL" doc:"The first owner's address; set it with OWNER_PASSWORD, or neither."`
	Password string `env:"OWNER_PASSWORD" secret:"true" doc:"The first owner's password; it matters only until there is a member of staff."`
	Name     string `env:"OWNER_NAME, default=Owner" doc:"The first owner's name."`
}

// Check says whether there could be such an owner.
func (s OwnerSettings) Check() error {
	_, err := s.check()
	return err
}

// check gives the first owner, but for the hash. Its error never holds the password.
func (s OwnerSettings) check() (events.NewUser, error) {
	if s.Email == "" && s.Password == "" {
		return events.NewUser{}, nil
	}
	if s.Email == "" || s.Password == "" {
		return events.NewUser{}, errors.New("OWNER_EMAIL and OWNER_PASSWORD: set both, or neither")
	}
	first, err := domain.NewUser(events.NewUser{
		Email: events.NewPersonal(s.Email), Name: events.NewPersonal(s.Name), Roles: []events.Role{events.OwnerRole},
	}, s.Password)
	if problem, ok := errors.AsType[*events.Problem](err); ok {
		faults := make([]string, len(problem.Errors))
		for i, f := range problem.Errors {
			faults[i] = strings.ToUpper(strings.Replace(f.Location, "body.", "owner_", 1)) + " " + f.Message
		}
		return first, errors.New(strings.Join(faults, "; "))
	}
	return first, err
}

// owner makes the first owner.
type owner struct {
	settings OwnerSettings
	first    events.NewUser
	hasher   *password.Hasher
	run      func(ctx context.Context, command events.Outgoing, wait time.Duration) (events.OperationState, error)
	log      *slog.Logger
}

const (
	ownerWait  = 5 * time.Second
	ownerPause = 5 * time.Second
)

// ensure asks until db has decided. The command's id follows from the address, so that all instances and all starts ask for the same thing.
func (o owner) ensure(ctx context.Context) {
	for {
		decided, err := o.attempt(ctx)
		if decided || ctx.Err() != nil {
			return
		}
		o.log.Warn("whether there is a first owner is not decided yet; asking again", "reason", err, "wait", ownerPause)
		select {
		case <-ctx.Done():
			return
		case <-time.After(ownerPause):
		}
	}
}

func (o owner) attempt(ctx context.Context) (decided bool, err error) {
	hash, err := o.hasher.Hash(ctx, "", o.settings.Password)
	if err != nil {
		return false, fmt.Errorf("hash the first owner's password: %w", err)
	}
	first := o.first
	first.PasswordHash = events.NewPersonal(hash)
	id := events.DeriveID("first owner", domain.FoldEmail(o.settings.Email))
	command := events.EnsureOwner.New(id, first).WithID(id, "first owner").AskedBy(events.SystemPrincipal(events.User))
	state, err := o.run(ctx, command, ownerWait)
	switch {
	case err != nil:
		return false, err
	case state.Status == events.OperationPending:
		return false, errors.New("db has not answered")
	case state.Problem != nil && state.Problem.Status >= http.StatusInternalServerError:
		o.log.Error("there is no first owner", "reason", state.Problem)
	case state.Problem != nil:
		o.log.Debug("no first owner is needed", "reason", state.Problem.Code)
	default:
		o.log.Info("there is a first owner", "user", id)
	}
	return true, nil
}
