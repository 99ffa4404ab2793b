package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/events/bus"
	"github.com/onlinemart/mart/functions/internal/password"
)

// attempt is somebody who wants to log in, before their password or secret is looked at.
type attempt struct {
	account string           // its owner's id; one that follows from what was typed where there is no such account
	owner   events.Principal // zero: there is no such account
	address string           // the network it comes from
	place   string           // the same, as db counts it: a digest
	device  string           // a digest of what a device was given when it logged in before; "" for none
}

func (a *authority) attemptOf(network, account string, owner events.Principal, device string) attempt {
	try := attempt{account: account, owner: owner, address: network, device: deviceHash(device)}
	try.place = a.api.Place(try.address)
	return try
}

// guard lets guess look at the password, unless too many were wrong lately. Errors: 429 and when to come back, or what guess says. All
// 429 take equally long, so that the time does not tell either whether a password was looked at, which is so only where somebody has
// logged in from before.
func (a *authority) guard(ctx context.Context, try attempt, guess func() error) (events.LoginTurn, error) {
	begun := time.Now()
	turn, err := a.admit(ctx, try, guess)
	if _, late := errors.AsType[*password.TooMany](err); late {
		a.pause(ctx, begun.Add(a.LatePause))
	}
	return turn, err
}

// admit has db decide and count the try before anybody looks: at the account, by the place it comes from. What no device has shown to
// be known is also counted here, for all accounts of a network together; who is known is let in all the same, and a wrong password of
// theirs is answered as a stranger's.
func (a *authority) admit(ctx context.Context, try attempt, guess func() error) (events.LoginTurn, error) {
	var none events.LoginTurn
	standing, err := bus.Ask(ctx, a.runtime.Asker, events.GetLoginStanding, events.LoginQuestion{AccountID: try.account, Network: try.place, Device: try.device})
	if err != nil {
		return none, fmt.Errorf("read how a log-in stands: %w", err)
	}
	if standing.WaitSeconds > 0 {
		return none, tooSoon(standing.WaitSeconds) // costs a question and no command
	}
	if standing.Shown {
		return a.countTry(ctx, try, guess)
	}
	overLimit := a.perAddress.Take(try.address)
	if overLimit != nil && !standing.Known {
		return none, overLimit
	}
	turn, err := a.countTry(ctx, try, guess)
	if overLimit == nil && !isWrongGuess(err) {
		a.perAddress.GiveBack(try.address)
	}
	switch {
	case !isWrongGuess(err):
		return turn, err
	case turn.SaysSeconds > 0:
		return turn, tooSoon(turn.SaysSeconds)
	case overLimit != nil:
		return turn, overLimit
	}
	return turn, err
}

// pause waits until that time, or until whoever asked has gone.
func pause(ctx context.Context, until time.Time) {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// countTry takes a try in db, and gives it back when the password was never looked at.
func (a *authority) countTry(ctx context.Context, try attempt, guess func() error) (events.LoginTurn, error) {
	turn, err := run(ctx, a, events.LoginTried, events.TryLogin.New(try.account, events.LoginTry{Owner: try.owner, Network: try.place, Device: try.device}))
	if err != nil {
		return turn, err
	}
	if turn.WaitSeconds > 0 {
		return turn, tooSoon(turn.WaitSeconds)
	}
	if err = guess(); err != nil && !isWrongGuess(err) {
		a.endTry(ctx, try, events.LoginEnd{Place: turn.Place, Stranger: turn.Stranger})
	}
	return turn, err
}

// isWrongGuess tells a wrong password or secret.
func isWrongGuess(err error) bool {
	return errors.Is(err, errBadPassword) || errors.Is(err, errBadClient)
}

func tooSoon(seconds int) error { return &password.TooMany{After: strconv.Itoa(seconds)} }

// recordProven makes the place known from which somebody has just logged in, and what their device has been given, too.
func (a *authority) recordProven(ctx context.Context, try attempt, turn events.LoginTurn, device string) {
	a.endTry(ctx, try, events.LoginEnd{Place: turn.Place, Stranger: turn.Stranger, Proven: true, Network: try.place, Device: deviceHash(device)})
}

// endTry tells db of a try that was no wrong password. Should that fail, it comes back with time, and the place is known after the next one.
func (a *authority) endTry(ctx context.Context, try attempt, end events.LoginEnd) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.SessionWait) // also when whoever asked has gone
	defer cancel()
	if _, err := run(ctx, a, events.LoginEnded, events.EndLogin.New(try.account, end)); err != nil {
		a.runtime.Log.WarnContext(ctx, "a try to log in could not be given back", "reason", err)
	}
}

const deviceBytes = 32

// deviceOf is what a device keeps, to be let in when strangers are kept waiting: what it had if that is known, else something new.
func deviceOf(had string, turn events.LoginTurn) string {
	if had != "" && turn.Place == deviceHash(had) {
		return had
	}
	chance := make([]byte, deviceBytes)
	_, _ = rand.Read(chance) // never fails: crypto/rand aborts the program instead
	return base64.RawURLEncoding.EncodeToString(chance)
}

// deviceHash is all that is stored of it; "" for what is no such value.
func deviceHash(device string) string {
	if raw, err := base64.RawURLEncoding.Strict().DecodeString(device); err != nil || len(raw) != deviceBytes {
		return ""
	}
	sum := sha256.Sum256([]byte(device))
	return hex.EncodeToString(sum[:])
}
