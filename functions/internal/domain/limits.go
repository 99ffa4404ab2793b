package domain

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
)

// limit is what the declaration of a member says of its values. A rule reads it there, so that it is written once, and checks it again: a
// text may be longer in the form in which it is stored, and db trusts no sender.
type limit struct {
	minimum, maximum int64
	maxLength        int // in characters
	maxItems         int
	pattern          *regexp.Regexp
	values           []string // of an enumeration
}

// limitsOf are the limits of T's members, by their names in JSON, as the tags of its declaration in the package events write them.
func limitsOf[T any]() map[string]limit {
	all := map[string]limit{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			all[name] = limitOf(f.Tag)
		}
	}
	return all
}

func limitOf(tag reflect.StructTag) (l limit) {
	l.minimum, l.maximum = number(tag, "minimum"), number(tag, "maximum")
	l.maxLength, l.maxItems = int(number(tag, "maxLength")), int(number(tag, "maxItems"))
	if pattern, has := tag.Lookup("pattern"); has {
		l.pattern = regexp.MustCompile(pattern)
	}
	if values, has := tag.Lookup("enum"); has {
		l.values = strings.Split(values, ",")
	}
	return l
}

func number(tag reflect.StructTag, key string) int64 {
	text, has := tag.Lookup(key)
	if !has {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("the tag %s of a declaration is no number: %v", tag, err)) // seen by whoever writes it
	}
	return n
}
