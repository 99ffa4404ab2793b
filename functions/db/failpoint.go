package db

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// The named places at which a test may make the process fail.
const (
	afterInsert   = "after-insert"
	beforeCommit  = "before-commit"
	afterCommit   = "after-commit"
	beforePublish = "before-publish"
	beforeAck     = "before-ack"
)

// failAt is a test's say at a named place: an error there is what a crash would be to everybody else. Nil costs nothing.
type failAt func(place string) error

func (f failAt) reach(place string) error {
	if f == nil {
		return nil
	}
	return f(place)
}

// killAt reads MART_FAILPOINT, name[:n]: the process kills itself when it comes by that place for the n-th time.
func killAt(setting string) (failAt, error) {
	if setting == "" {
		return nil, nil
	}
	name, count, _ := strings.Cut(setting, ":")
	n := 1
	if count != "" {
		var err error
		if n, err = strconv.Atoi(count); err != nil || n < 1 {
			return nil, fmt.Errorf("MART_FAILPOINT=%q: want name or name:n with n from 1", setting)
		}
	}
	switch name {
	case afterInsert, beforeCommit, afterCommit, beforePublish, beforeAck:
	default:
		return nil, fmt.Errorf("MART_FAILPOINT=%q: the places are %s", setting, strings.Join([]string{afterInsert, beforeCommit, afterCommit, beforePublish, beforeAck}, ", "))
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
