package web

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// WhoMay begins the paragraph of an operation's description that says who may call it. Routes do not write it: it follows from their Access.
const WhoMay = "**Who may:** "

// Publishes begins the paragraph of an operation's description that names the events by which a success is told. It follows from its Write.
const Publishes = "**Events:** "

// said is who may call, in words.
func (s Access) said() string {
	var who []string
	add := func(applies bool, words string) {
		if applies {
			who = append(who, words)
		}
	}
	add(s.Anyone, "anyone; a token is not needed, and one that is sent must be valid")
	add(s.Newcomer, "anyone who says in `guest` who they are")
	add(s.Guests, "whoever shows the order's token as `Order-Token`")
	add(s.Shoppers, "customers, for what is theirs")
	add(s.AnyStaff, "all staff, for themselves")
	if s.Staff != "" {
		who = append(who, fmt.Sprintf("staff and programs with the permission `%s` (%s)", s.Staff, rolesWith(s.Staff)))
	}
	return WhoMay + strings.Join(who, "; ") + "."
}

// rolesWith are the roles that have a permission, for people.
func rolesWith(p events.Permission) string {
	var names []string
	for _, role := range domain.Roles() {
		if domain.Grants([]events.Role{role}, p) {
			names = append(names, string(role))
		}
	}
	return strings.Join(names, ", ")
}

// told are the events by which a success of the write is told.
func (w Write[I, S, B]) told() string {
	types := []string{"`" + w.Done.Type() + "`"}
	for _, m := range w.Also {
		types = append(types, "`"+m.Type()+"`")
	}
	if w.mayMake() {
		types = append(types, "`"+w.Created.Type()+"`")
	}
	return Publishes + strings.Join(types, ", ") + "."
}

// About is what an entity's operations say of it beyond what holds of every entity.
type About struct {
	Shown   string // to whom it is shown
	Refused string // what one is refused for when it is created or changed, besides what is not valid
	Gone    string // what a deletion is refused for, or means for others
}

// What holds of every entity, by operation; {noun} stands for what it is called.
const (
	readingOne = "The ETag is what a change sends back as `If-Match`; with `If-None-Match` it is 304 as long as nothing has changed. `min-version` waits for a version " +
		"that a write has answered, and is 409 `not_yet` where that does not come in time. One that was deleted is 404."
	creating = "The answer is the new {noun} as it is read, with its ETag, and its address in `Location`. Sent again with the same `Idempotency-Key` it makes no second one, and is " +
		"answered as the first time. 422 `invalid` names every fault at once, by its place."
	putting = "Without `If-Match` there must be none under this id yet: the {noun} is created, 201. With `If-Match` the one that is there is replaced as a whole, 200: what the body leaves out " +
		"is gone. 428 `precondition_required`: one is there, and `If-Match` is missing. 412 `stale_version`: it has changed since, read it again. 409 `already_exists`: the id was that of one " +
		"that is deleted; an id is never used twice."
	patching = "A JSON Merge Patch (RFC 7396): what the body leaves out stays as it is, null removes what may be absent, a list is replaced as a whole. `If-Match` is needed. 428 `precondition_required`: it is missing. 412 `stale_version`: it has changed since, read it again and repeat the change on what you read. A patch that changes nothing is answered with the {noun} as it is, at the same version."
	deleting = "`If-Match` is needed. 428 `precondition_required`: it is missing. 412 `stale_version`: it has changed since, look at it again. The {noun} is gone from lists at once, is 404 from then on, and its id is never used again."
)

var (
	sentenceEnd = regexp.MustCompile(`\. ([A-Z0-9\x60])`)
	statusFirst = regexp.MustCompile(`^([2-5][0-9]{2})\b`)
	statusOf    = regexp.MustCompile(`\b([2-5][0-9]{2}) \x60`)
	codeLike    = regexp.MustCompile(`\b[a-z]+(?:_[A-Za-z0-9]+)+\b`)
)

// laidOut is a description with a line of its own for each sentence that begins with a status, so that a reader finds what an answer means. The
// order stays: what follows such lines may speak of them.
func laidOut(text string) string {
	var all strings.Builder
	inList := false
	for i, sentence := range strings.Split(sentenceEnd.ReplaceAllString(text, ".\n$1"), "\n") {
		isStatus := statusFirst.MatchString(sentence)
		switch {
		case isStatus && !inList && i > 0:
			all.WriteString("\n\n- ")
		case isStatus && i > 0:
			all.WriteString("\n- ")
		case isStatus:
			all.WriteString("- ")
		case inList:
			all.WriteString("\n\n")
		case i > 0:
			all.WriteString(" ")
		}
		inList = isStatus
		sentence = marked(sentence)
		if isStatus {
			sentence = statusFirst.ReplaceAllString(statusOf.ReplaceAllString(sentence, "**$1** `"), "**$1**")
		}
		all.WriteString(sentence)
	}
	return all.String()
}

// marked has each code of a refusal, and each value that is written as one, as code. What is within a mark, an address or a form's name=value stays as it is.
func marked(sentence string) string {
	parts := strings.Split(sentence, "`")
	for i := 0; i < len(parts); i += 2 {
		part, at := parts[i], 0
		var all strings.Builder
		for _, found := range codeLike.FindAllStringIndex(part, -1) {
			all.WriteString(part[at:found[0]])
			at = found[1]
			word := part[found[0]:at]
			if found[0] > 0 && strings.ContainsAny(part[found[0]-1:found[0]], "/=.#-") || at < len(part) && strings.ContainsAny(part[at:at+1], "/=") {
				all.WriteString(word)
				continue
			}
			all.WriteString("`" + word + "`")
		}
		parts[i] = all.String() + part[at:]
	}
	return strings.Join(parts, "`")
}

// sentences are those that are there, one after the other.
func sentences(all ...string) string {
	return strings.TrimSpace(strings.Join(all, " "))
}
