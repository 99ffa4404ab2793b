package bench

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/onlinemart/mart/infra/client"
	"github.com/onlinemart/mart/infra/laptop"
)

// Equal is how long it takes to be answered where there is an account and where there is none: whoever asks must not tell which by it. That both
// are the same work is what tests compare; this is what a clock says to it.
type Equal struct {
	Tries      int     `json:"tries"` // of each kind, one after another and in turn
	Asked      []Asked `json:"asked"`
	Processors int     `json:"processors"`
	Quiet      Quiet   `json:"quiet"`
}

// Asked is one kind of request, by addresses that have an account and by others.
type Asked struct {
	What         string  `json:"what"`
	KnownP50Ms   float64 `json:"knownP50Ms"`
	UnknownP50Ms float64 `json:"unknownP50Ms"`
	KnownP90Ms   float64 `json:"knownP90Ms"`
	UnknownP90Ms float64 `json:"unknownP90Ms"`

	known, unknown []time.Duration
}

// withoutLimits lets one client ask as often as it is measured; a limit would answer in place of what is measured.
var withoutLimits = map[string]string{
	"LOGIN_PER_ADDRESS": "1000000", "LOGIN_PER_PLACE": "1000000", "LOGIN_BY_STRANGERS": "1000000", "PASSWORD_RESET_PER_ADDRESS": "1000000",
}

// EqualTimes asks so many times each in a mart of its own.
func EqualTimes(ctx context.Context, o Options, tries int) (Equal, error) {
	r := newRun(o)
	result := Equal{Tries: tries, Processors: r.result.Processors}
	err := r.inLaptop(ctx, laptop.Config{Serve: laptop.InProcess, Env: withoutLimits}, func(ctx context.Context, _ *laptop.Mart) (err error) {
		watched := observe()
		result.Asked, err = r.askBoth(ctx, tries)
		result.Quiet = observe().since(watched)
		return err
	})
	return result, err
}

// stranger is somebody who asks about addresses.
type stranger struct{ client.Client }

// askBoth makes accounts, and asks about each and about an address without one in turn. The first few are not measured.
func (r *run) askBoth(ctx context.Context, tries int) ([]Asked, error) {
	r.say(fmt.Sprintf("%d times each, where there is an account and where there is none", tries))
	s := stranger{client.New(r.at.url)}
	all := []Asked{{What: "registration"}, {What: "log-in"}, {What: "forgotten password"}}
	ask := []func(context.Context, string) error{s.registers, s.logsIn, s.forgets}
	for i := range unmeasured + tries {
		known := uuid.NewString() + "@example.com"
		for k := range all {
			other := uuid.NewString() + "@example.com"
			if k == 0 {
				other = known // which has an account from then on
			}
			without, err := took(func() error { return ask[k](ctx, other) })
			if err != nil {
				return nil, fmt.Errorf("%s without an account: %w", all[k].What, err)
			}
			with, err := took(func() error { return ask[k](ctx, known) })
			if err != nil {
				return nil, fmt.Errorf("%s with an account: %w", all[k].What, err)
			}
			if i >= unmeasured {
				all[k].known, all[k].unknown = append(all[k].known, with), append(all[k].unknown, without)
			}
		}
	}
	for k := range all {
		a := &all[k]
		slices.Sort(a.known)
		slices.Sort(a.unknown)
		a.KnownP50Ms, a.KnownP90Ms = percentile(a.known, 0.5), percentile(a.known, 0.9)
		a.UnknownP50Ms, a.UnknownP90Ms = percentile(a.unknown, 0.5), percentile(a.unknown, 0.9)
	}
	return all, nil
}

func took(do func() error) (time.Duration, error) {
	begin := time.Now()
	err := do()
	return time.Since(begin), err
}

func (s stranger) registers(ctx context.Context, email string) error {
	return s.answered(ctx, http.StatusOK, "/customers", map[string]string{"email": email, "name": "Bench", "password": password})
}

func (s stranger) logsIn(ctx context.Context, email string) error {
	return s.answered(ctx, http.StatusBadRequest, "/oauth/token", url.Values{
		"grant_type": {"password"}, "client_id": {client.Storefront}, "username": {email}, "password": {"not " + password},
	})
}

func (s stranger) forgets(ctx context.Context, email string) error {
	return s.answered(ctx, http.StatusAccepted, "/password-resets", map[string]string{"account": "customer", "email": email})
}

// answered asks, and fails where the answer is another one.
func (s stranger) answered(ctx context.Context, want int, path string, body any) error {
	a, err := s.Send(ctx, http.MethodPost, path, body)
	if err == nil && a.Status != want {
		err = fmt.Errorf("%d %s, want %d", a.Status, a.Body, want)
	}
	return err
}
