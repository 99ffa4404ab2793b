package domain

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Origins are those of pages that may do something: each by itself, or every port of this machine, where one is written http://localhost:*.
type Origins []string

// anyPort ends an origin that stands for every port of this machine.
const anyPort = ":*"

// thisMachine is the names of it that every port may be allowed of.
var thisMachine = []string{"http://localhost", "http://127.0.0.1", "http://[::1]", "https://localhost", "https://127.0.0.1", "https://[::1]"}

// Have tells whether an origin is one of them.
func (o Origins) Have(origin string) bool {
	if slices.Contains(o, origin) {
		return true
	}
	colon := strings.LastIndexByte(origin, ':')
	if colon < 0 {
		return false
	}
	_, err := strconv.ParseUint(origin[colon+1:], 10, 16)
	return err == nil && slices.Contains(o, origin[:colon]+anyPort)
}

// HavePage tells whether the page at an address is of one of them. What is behind a # is no part of what a server may be sent, and is not let in.
func (o Origins) HavePage(address string) bool {
	return Link(address, "http", "https") && !strings.Contains(address, "#") && o.Have(OriginOf(address))
}

// OriginOf is the origin of the page at an address; "" where it has none.
func OriginOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + strings.ToLower(u.Host)
}

// Check says of each that is not written as an origin is, by the name of the setting that has them.
func (o Origins) Check(setting string) (faults []error) {
	for _, origin := range o {
		one := origin
		if host, every := strings.CutSuffix(origin, anyPort); every && slices.Contains(thisMachine, host) {
			one = host
		}
		u, err := url.Parse(one)
		if err != nil || u.Scheme == "" || u.Host == "" || u.Scheme+"://"+u.Host != one || strings.Contains(u.Host, "*") {
			faults = append(faults, fmt.Errorf("%s has %q; an origin is written https://shop.example, without a path and never *", setting, origin))
		}
	}
	return faults
}
