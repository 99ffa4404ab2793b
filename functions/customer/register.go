package customer

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
	"github.com/onlinemart/mart/functions/internal/mailtoken"
	"github.com/onlinemart/mart/functions/internal/web"
)

const registerDescription = "The answer is the same, after the same work, whether or not there is an account with that address. If there is none, it is open by then: log in with " +
	"the password; the mail that welcomes has a link that confirms the address. If there is one, it stays as it is, and a mail goes there that says so, with a link that sets a new password, " +
	"as /password-resets sends it and counted with those. 429 `too_many_attempts`: too many accounts were made from this network."

// Registered is the answer to whoever registers.
type Registered struct {
	Status string `json:"status" enum:"check_mail" doc:"A mail says what has come of it." example:"check_mail"`
}

func showRegistered(events.RegistrationHeard) Registered { return Registered{Status: "check_mail"} }

// Registration is what somebody says who registers.
type Registration struct {
	Email    string          `json:"email" doc:"What you log in with; in any case." example:"ada@example.com"`
	Password string          `json:"password" example:"correct horse battery"`
	Name     string          `json:"name" doc:"How mails address you." example:"Ada Lovelace"`
	Phone    string          `json:"phone,omitempty" doc:"International: +49 30 123456."`
	Language events.Language `json:"language,omitempty" enum:"en,de" doc:"Of mails to you; absent: the shop's own."`
}

// TransformSchema gives the members the limits of their declaration.
func (Registration) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	web.DescribePassword(s.Properties["password"])
	return web.LimitsOf[events.NewCustomer](s)
}

type registerInput struct {
	web.PreferInput
	web.Origin
	Body Registration
}

// register hashes the password whoever has the address, and learns nothing of that: db decides.
func (r routes) register(ctx context.Context, in *registerInput) (events.Outgoing, error) {
	c, err := in.Body.stored()
	if err != nil {
		return events.Outgoing{}, err
	}
	hash, err := r.hasher.Hash(ctx, in.Network(r.trusted), in.Body.Password)
	if err != nil {
		return events.Outgoing{}, err
	}
	c.PasswordHash = events.NewPersonal(hash)
	c.Network = r.api.Place(in.Network(r.trusted))
	id := events.NewID()
	c.VerificationHash, c.ResetHash = r.hashOf(mailtoken.EmailVerification, id), r.hashOf(mailtoken.PasswordReset, id)
	return events.RegisterCustomer.New(id, c), nil
}

// stored is a registration as it is kept, but for the password's hash. Error: 422.
func (n Registration) stored() (events.NewCustomer, error) {
	return domain.NewCustomer(events.NewCustomer{Email: events.NewPersonal(n.Email), Name: events.NewPersonal(n.Name), Phone: events.NewPersonal(n.Phone), Language: n.Language}, n.Password)
}

// Resolve finds what is wrong beyond the shape.
func (n Registration) Resolve(huma.Context) []error {
	_, err := n.stored()
	return web.Faults(err)
}
