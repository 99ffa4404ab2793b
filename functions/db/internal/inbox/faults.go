package inbox

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// Faults are what a test does to db. Production has none, and no setting leads to any: a test gives them to db.NewFaulty, or builds the program
// with the tag faults, which reads them from the environment (functions/db/faults_on.go).
type Faults struct {
	KillAt  string // name[:n] of a place: the process kills itself when it comes by there for the n-th time, the first by default
	NoInbox bool   // every repeated command is carried out again
}

// The named places at which a test may make the process fail.
const (
	AfterInsert   = "after-insert"
	BeforeCommit  = "before-commit"
	AfterCommit   = "after-commit"
	BeforePublish = "before-publish"
	BeforeAck     = "before-ack"
)

// FailAt is a test's say at a named place: an error there is what a crash would be to everybody else. Nil costs nothing.
type FailAt func(place string) error

func (f FailAt) reach(place string) error {
	if f == nil {
		return nil
	}
	return f(place)
}

// killAt is Faults.KillAt as something that happens. Error: there is no such place.
func killAt(setting string) (FailAt, error) {
	if setting == "" {
		return nil, nil
	}
	name, count, _ := strings.Cut(setting, ":")
	n := 1
	if count != "" {
		var err error
		if n, err = strconv.Atoi(count); err != nil || n < 1 {
			return nil, fmt.Errorf("kill at %q: want name or name:n with n from 1", setting)
		}
	}
	switch name {
	case AfterInsert, BeforeCommit, AfterCommit, BeforePublish, BeforeAck:
	default:
		return nil, fmt.Errorf("kill at %q: the places are %s", setting, strings.Join([]string{AfterInsert, BeforeCommit, AfterCommit, BeforePublish, BeforeAck}, ", "))
	}
	var passed atomic.Int64
	return func(place string) error {
		if place == name && passed.Add(1) == int64(n) {
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				_ = self.Kill()
			}
			select {} // nothing more happens
		}
		return nil
	}, nil
}
