package domain

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// How long a password may be, in characters. The upper bound only keeps the work of hashing in bounds.
const (
	MinPassword = 10
	MaxPassword = 128
)

// CheckPassword says what is wrong with a new password of whoever has that address. Error: 422 at location.
func CheckPassword(location, password, email string) error {
	var faults faults
	faults.password(location, password, email)
	return faults.problem()
}

// CheckNewPassword says what is wrong with the password that takes the current one's place. The two are compared as they were sent, so that it
// tells nothing of whose account it is. Error: 422 at location.
func CheckNewPassword(location, password, current, email string) error {
	var faults faults
	faults.password(location, password, email)
	if norm.NFC.String(password) == norm.NFC.String(current) {
		faults.add(location, "must be another than the current one; nothing was changed")
	}
	return faults.problem()
}

// password refuses what is guessed first: short ones, the address itself, and what everybody uses. It asks for no mixture of
// characters: that makes passwords no harder to guess. Source: NIST SP 800-63B §5.1.1.2.
func (f *faults) password(location, password, email string) {
	length := utf8.RuneCountInString(password)
	folded := strings.ToLower(norm.NFC.String(password))
	local, _, _ := strings.Cut(FoldEmail(email), "@")
	typed := FoldEmail(password) // whichever way the address is written
	switch {
	case length < MinPassword || length > MaxPassword:
		f.add(location, "must have %d to %d characters", MinPassword, MaxPassword)
	case !utf8.ValidString(password) || strings.ContainsRune(password, 0):
		f.add(location, "must be text")
	case email != "" && typed == FoldEmail(email) || local != "" && (typed == local || folded == strings.ToLower(local)):
		f.add(location, "must not be the e-mail address")
	case commonPasswords[folded] || monotonous(folded):
		f.add(location, "is one of the first that are guessed; choose another")
	}
}

// monotonous finds one or two characters over and over, and runs of neighbours such as 0123456789 or abcdefghij.
func monotonous(password string) bool {
	runes := []rune(password)
	different := map[rune]bool{}
	up, down := true, true
	for i, r := range runes {
		different[r] = true
		if i > 0 {
			up = up && (r == runes[i-1]+1 || runes[i-1] == '9' && r == '0')
			down = down && (r == runes[i-1]-1 || runes[i-1] == '0' && r == '9')
		}
	}
	return len(different) <= 2 || up || down
}

// commonPasswords are the ones of at least ten characters that lead every published list of leaked passwords.
var commonPasswords = setOf(
	"1q2w3e4r5t", "1qaz2wsx3edc", "1q2w3e4r5t6y", "qwertyuiop", "qwerty12345", "qwerty123456", "qwertyuiop123", "asdfghjkl1", "asdfghjkl;", "zxcvbnm123",
	"password12", "password123", "password1234", "password12345", "password123456", "passw0rd123", "p@ssw0rd123", "p@ssword123", "mypassword", "mypassword1",
	"password!!", "password123!", "passwordpassword", "iloveyou12", "iloveyou123", "iloveyou1234", "letmein123", "letmein1234", "welcome123", "welcome1234",
	"welcome123!", "admin12345", "admin123456", "administrator", "adminadmin", "administrator1", "changeme123", "changemenow", "football123", "baseball123",
	"basketball", "princess123", "sunshine123", "superman123", "trustno1234", "michael123", "charlie123", "liverpool1", "manchester", "11223344556",
	"1122334455", "123123123123", "1234512345", "1234554321", "123456789a", "a123456789", "abc1234567", "abcd123456", "qazwsxedc1", "qazwsxedcrfv",
	"secret1234", "testtest123", "test123456", "correcthorsebatterystaple", "correct horse battery staple", "onlinemart", "onlinemart1",
)

func setOf(words ...string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}
