package domain

import (
	"strings"
	"testing"
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for password, good := range map[string]bool{
		"a good one": true, "ten chars!": true, "päßwörter": false, "päßwörter!": true, strings.Repeat("ab1", 42): true,
		strings.Repeat("a1b2", 32): true, "日本語のパスワードです": true,
		"": false, "short": false, "123456789": false, "1234567890": false, "0987654321": false, "9876543210": false, "abcdefghij": false, "aaaaaaaaaa": false, "ababababab": false,
		"password123": false, "PassWord123": false, "qwertyuiop": false, "ann.smith@example.com": false, "Ann.Smith@Example.com": false, "ann.smith1": true, "ann.smith.": true,
		strings.Repeat("a1b2", 32) + "c": false, "has a \x00 in it": false, "broken \xff\xfe utf8": false,
	} {
		if err := CheckPassword("body.password", password, "ann.smith@example.com"); (err == nil) != good {
			t.Errorf("%q: %v", password, err)
		}
	}
	for password, email := range map[string]string{
		"bartholomew": "Bartholomew@example.com", "Bartholomew": "bartholomew@example.com", " bartholomew ": "bartholomew@example.com",
		"ann@müller.example": "ann@müller.example", "ann@xn--mller-kva.example": "ann@müller.example", "Ann@MÜLLER.example": "ann@xn--mller-kva.example",
		" ann@müller.example": "ann@müller.example", "İsmailoğlu": "İsmailoğlu@example.com", "jose\u0301fernandez": "joséfernandez@example.com",
	} {
		if err := CheckPassword("body.password", password, email); err == nil {
			t.Errorf("%q is accepted for %s", password, email)
		}
	}
}

// A password that takes the place of itself is refused, however it is written.
func TestCheckNewPassword(t *testing.T) {
	t.Parallel()
	for password, good := range map[string]bool{"joséfernandez": false, "jose\u0301fernandez": false, "Joséfernandez": true, "another one": true} {
		if err := CheckNewPassword("body.new", password, "joséfernandez", ""); (err == nil) != good {
			t.Errorf("%q: %v", password, err)
		}
	}
}
