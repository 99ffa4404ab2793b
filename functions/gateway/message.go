package gateway

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/schemas"
)

// messagePage is what the page about one message shows.
type messagePage struct {
	spoken
	InWords string // its noun
	Topic   string
	Data    payload
	Answer  *payload // of a query
}

// payload is what is said of data: each kind of object in it, the outermost first, and an example.
type payload struct {
	Anchor  string // what the ids of its objects begin with on the page
	Schema  string // where it is
	Objects []shownObject
	Example string
}

// shownObject is one kind of object, member by member.
type shownObject struct {
	Name    string
	Members []shownMember
}

// shownMember is one member of an object.
type shownMember struct {
	Name, About string
	Type        string // in words; "" where it is Of another object alone
	Of          string // the object that it is, or of which it is a list
	List        bool
	Required    bool
	Limits      []string
}

func shownMessage(m events.Declared) (messagePage, error) {
	shown := messagePage{spoken: spokenOf(m), Topic: m.Topic()}
	shown.InWords = events.InWords(shown.Noun)
	var err error
	if shown.Data, err = payloadOf(m.Type()); err != nil || shown.Details.Answer == nil {
		return shown, err
	}
	answer, err := payloadOf(m.Type() + ".answer")
	answer.Anchor, shown.Answer = "answer-", &answer
	return shown, err
}

// schema is as much of a JSON Schema as messages have.
type schema struct {
	Ref         string             `json:"$ref"`
	Defs        map[string]*schema `json:"$defs"`
	Type        json.RawMessage    `json:"type"` // a name, or a list with null
	Format      string             `json:"format"`
	Description string             `json:"description"`
	Properties  map[string]*schema `json:"properties"`
	Others      *schema            `json:"additionalProperties"`
	Items       *schema            `json:"items"`
	Required    []string           `json:"required"`
	Enum        []any              `json:"enum"`
	Pattern     string             `json:"pattern"`
	InWords     string             `json:"patternDescription"`
	Minimum     *json.Number       `json:"minimum"`
	Maximum     *json.Number       `json:"maximum"`
	MinLength   *int               `json:"minLength"`
	MaxLength   *int               `json:"maxLength"`
	MinItems    *int               `json:"minItems"`
	MaxItems    *int               `json:"maxItems"`
	Personal    bool               `json:"x-personal"`
	Examples    []json.RawMessage  `json:"examples"`
}

// payloadOf reads a generated schema. Error: there is none, or it is not as they are.
func payloadOf(name string) (payload, error) {
	p := payload{Schema: "/schemas/" + name + ".json"}
	content, err := fs.ReadFile(schemas.Messages, name+".json")
	if err != nil {
		return p, fmt.Errorf("read the schema of %s: %w", name, err)
	}
	var root schema
	if err := json.Unmarshal(content, &root); err != nil {
		return p, fmt.Errorf("read the schema of %s: %w", name, err)
	}
	if len(root.Examples) > 0 {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, root.Examples[0], "", "  "); err != nil {
			return p, fmt.Errorf("read the example of %s: %w", name, err)
		}
		p.Example = pretty.String()
	}
	p.Objects = objectsOf(&root)
	return p, nil
}

// objectsOf is the object that a schema is of, then those within it as they come.
func objectsOf(root *schema) (all []shownObject) {
	named := []string{defOf(root)}
	for i := 0; i < len(named); i++ {
		def, name := root.Defs[named[i]], named[i]
		if def == nil { // it is written where it is used
			def, name = root, "data"
		}
		object := shownObject{Name: name}
		for _, member := range slices.SortedFunc(maps.Keys(def.Properties), byNeed(def.Required)) {
			shown := memberOf(member, def.Properties[member], slices.Contains(def.Required, member))
			if shown.Of != "" && !slices.Contains(named, shown.Of) {
				named = append(named, shown.Of)
			}
			object.Members = append(object.Members, shown)
		}
		all = append(all, object)
	}
	return all
}

// byNeed puts what must be there first, in the order of the declaration; the rest follows by name.
func byNeed(required []string) func(a, b string) int {
	place := func(name string) int {
		if i := slices.Index(required, name); i >= 0 {
			return i
		}
		return len(required)
	}
	return func(a, b string) int { return cmp.Or(place(a)-place(b), strings.Compare(a, b)) }
}

func memberOf(name string, s *schema, required bool) shownMember {
	m := shownMember{Name: name, About: s.Description, Required: required, Of: defOf(s), Limits: limitsOf(s)}
	if s.Items != nil {
		m.List, m.Of = true, defOf(s.Items)
		m.Limits = append(m.Limits, limitsOf(s.Items)...)
		s = s.Items
	}
	switch {
	case m.Of != "":
	case s.Personal:
		m.Type = "personal text"
	case s.Others != nil:
		m.Type = "text by name"
	default:
		m.Type = inWords(s)
	}
	return m
}

func defOf(s *schema) string { return s.Ref[strings.LastIndex(s.Ref, "/")+1:] }

// inWords is a plain value's type.
func inWords(s *schema) string {
	switch s.Format {
	case "date-time":
		return "moment"
	case "uuid":
		return "id"
	}
	for _, known := range [][2]string{{`"string"`, "text"}, {`"integer"`, "number"}, {`"number"`, "number"}, {`"boolean"`, "yes or no"}, {`"object"`, "object"}} {
		if strings.Contains(string(s.Type), known[0]) {
			return known[1]
		}
	}
	return "anything"
}

// limitsOf is what a value must be.
func limitsOf(s *schema) (all []string) {
	if len(s.Enum) > 0 {
		values := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			values[i] = fmt.Sprintf("`%v`", v)
		}
		all = append(all, "one of "+strings.Join(values, ", "))
	}
	if s.Minimum != nil {
		all = append(all, "at least "+s.Minimum.String())
	}
	if s.Maximum != nil {
		all = append(all, "at most "+s.Maximum.String())
	}
	if s.MaxLength != nil {
		all = append(all, fmt.Sprintf("at most %d characters", *s.MaxLength))
	}
	if s.MinItems != nil && s.MaxItems != nil {
		all = append(all, fmt.Sprintf("%d to %d of them", *s.MinItems, *s.MaxItems))
	}
	if s.Pattern != "" {
		all = append(all, cmp.Or(s.InWords, "`"+s.Pattern+"`"))
	}
	return all
}
