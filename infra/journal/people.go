package journal

import (
	"regexp"
	"strings"

	"github.com/onlinemart/mart/functions/flow"
)

// someone is how a story names who has done something: by what they are and their id.
var someone = regexp.MustCompile(`(?i)\b(staff|customer|the guest of order) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})`)

// articles is what they are called where there is one of them.
var articles = map[string]string{"staff": "staff", "customer": "the customer", "the guest of order": "the guest"}

// people is who is spoken of in a story, in the order in which they come. An id on every line would hide what was done; so each is told once.
type people struct {
	all    []person
	ofKind map[string]int
}

type person struct{ kind, id string }

func peopleIn(f flow.Flow) people {
	p := people{ofKind: map[string]int{}}
	known := map[person]bool{}
	for _, s := range f.Story {
		for _, found := range someone.FindAllStringSubmatch(strings.Join(append([]string{s.Text}, s.Details...), "\n"), -1) {
			one := person{strings.ToLower(found[1]), found[2]}
			if !known[one] {
				known[one] = true
				p.all = append(p.all, one)
				p.ofKind[one.kind]++
			}
		}
	}
	return p
}

// name is what one is called here: what they are, and the end of their id where there are others of the kind.
func (p people) name(one person) string {
	if p.ofKind[one.kind] == 1 {
		return articles[one.kind]
	}
	return strings.TrimSuffix(one.kind, " of order") + " …" + one.id[len(one.id)-8:]
}

// named is a text in which people are called by their names.
func (p people) named(text string) string {
	return someone.ReplaceAllStringFunc(text, func(found string) string {
		parts := someone.FindStringSubmatch(found)
		name := p.name(person{strings.ToLower(parts[1]), parts[2]})
		if found[0] >= 'A' && found[0] <= 'Z' {
			name = strings.ToUpper(name[:1]) + name[1:]
		}
		return name
	})
}

// tell says who they are: a guest has no id but their order's.
func (p people) tell(t *tree) {
	if len(p.all) > 0 {
		t.line(0, "Who they are:")
	}
	for _, one := range p.all {
		name, id := p.name(one), one.id
		if strings.HasSuffix(one.kind, " of order") {
			id = "of order " + id
		}
		t.line(1, "%s: %s", strings.ToUpper(name[:1])+name[1:], id)
	}
}
