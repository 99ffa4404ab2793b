package events

import "time"

// A log-in is guarded before its password is looked at: db counts the tries at each account, in one transaction whatever number of
// functions ask. The subject is the account: its owner's id, or one derived from what was typed where there is no such account, so
// that both are treated alike. Addresses of networks are never said, only keyed digests of them.

// LoginTry asks for one try at an account.
type LoginTry struct {
	Owner   Principal `json:"owner,omitzero"`   // absent: there is no such account
	Network string    `json:"network"`          // a digest of the address it comes from
	Device  string    `json:"device,omitempty"` // a digest of what a device was given when it logged in before
}

// LoginTurn says whether a try may go on.
type LoginTurn struct {
	WaitSeconds int    `json:"waitSeconds"` // 0: it may; else it may come back then
	Place       string `json:"place"`       // what it was counted under: the network, or the device that is known
	Stranger    bool   `json:"stranger"`    // nobody has logged in from there before
	// SaysSeconds is how long a stranger from there would have to wait: what a wrong password is answered with, so that it does not tell
	// whether somebody has logged in from there. 0: it is answered as wrong.
	SaysSeconds int `json:"saysSeconds,omitempty"`
}

// LoginEnd says how a try ended that was not a wrong password: it is given back.
type LoginEnd struct {
	Place    string `json:"place"`
	Stranger bool   `json:"stranger"`
	Proven   bool   `json:"proven"`           // the password was right; else it was never looked at
	Network  string `json:"network"`          // known from now on, when it was right
	Device   string `json:"device,omitempty"` // the same
}

// LoginAttack is told when many wrong passwords were tried.
type LoginAttack struct {
	Owner Principal `json:"owner"`
	Wrong int       `json:"wrong"`
	Since time.Time `json:"since"`
}

// LoginQuestion asks whether a try would have to wait, without taking one.
type LoginQuestion struct {
	AccountID string `json:"accountId"`
	Network   string `json:"network"`
	Device    string `json:"device,omitempty"`
}

// LoginStanding is how an account is seen from a place.
type LoginStanding struct {
	Known       bool `json:"known"`           // somebody has logged in from there before
	Shown       bool `json:"shown,omitempty"` // and the device shows so
	WaitSeconds int  `json:"waitSeconds"`
}

// The messages about log-ins. What comes of one is a session (session.go).
var (
	TryLogin = Message[LoginTry]{Kind: Command, Noun: "login", Verb: "try", Producers: by(Auth), Consumers: to(DB)}
	EndLogin = Message[LoginEnd]{Kind: Command, Noun: "login", Verb: "end", Producers: by(Auth), Consumers: to(DB)}
	// TryPassword and EndPasswordTry are the same for a password that somebody who is logged in must know: it is counted with the log-ins.
	TryPassword    = Message[LoginTry]{Kind: Command, Noun: "login", Verb: "tryPassword", Producers: by(User, Customer), Consumers: to(DB)}
	EndPasswordTry = Message[LoginEnd]{Kind: Command, Noun: "login", Verb: "endPasswordTry", Producers: by(User, Customer), Consumers: to(DB)}

	LoginTried    = Message[LoginTurn]{Kind: Event, Noun: "login", Verb: "tried", Producers: by(DB)}
	LoginEnded    = Message[LoginEnd]{Kind: Event, Noun: "login", Verb: "ended", Producers: by(DB)}
	LoginAttacked = Message[LoginAttack]{Kind: Event, Noun: "login", Verb: "attacked", Producers: by(DB), Consumers: to(Notification)}

	GetLoginStanding = Query[LoginQuestion, LoginStanding]{Noun: "login", Verb: "standing", Producers: by(Auth)}
)

var loginMessages = []Declared{
	TryLogin, EndLogin, TryPassword, EndPasswordTry, LoginTried, LoginEnded, LoginAttacked, GetLoginStanding,
}
