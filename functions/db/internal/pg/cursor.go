package pg

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// keys is how the value of a position is read, by the type of what a list is sorted by. They are stricter than Postgres is, which takes much else for a
// moment ("now", "infinity", the name of a place) and fails at some of it: a cursor holds what Postgres has written.
var keys = map[string]func(text string) (key string, ours bool){"timestamptz": momentKey, "bigint": numberKey, "text": textKey}

// at is the position that a cursor names. Error: foreignCursor.
func (w way) at(text string) (cursor, error) {
	c, err := parseCursor(text, w.sort)
	if err != nil {
		return c, err
	}
	var ours bool
	if c.Key, ours = keys[w.by.Type](c.Key); !ours {
		return c, foreignCursor
	}
	return c, nil
}

// How Postgres writes a moment, in a time zone of whole hours and in others.
var writtenMoments = []string{"2006-01-02 15:04:05.999999-07", "2006-01-02 15:04:05.999999-07:00"}

// farthest is how far a time zone is from UTC at most.
const farthest = 15 * time.Hour

// momentKey is a moment as it is in UTC, whatever zone the database writes it in.
func momentKey(text string) (string, bool) {
	for _, layout := range writtenMoments {
		t, err := time.Parse(layout, text)
		if err != nil || t.Format(layout) != text {
			continue
		}
		_, offset := t.Zone()
		away := time.Duration(offset) * time.Second
		return t.UTC().Format(writtenMoments[0]), t.Year() > 1 && away.Abs() <= farthest
	}
	return "", false
}

func numberKey(text string) (string, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return text, err == nil && strconv.FormatInt(n, 10) == text
}

func textKey(text string) (string, bool) {
	return text, utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}
