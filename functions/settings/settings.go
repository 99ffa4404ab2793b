// Package settings is what programs of the mart read from their environment, said once: in the struct that holds it.
//
// A field's tags name the variable and its default (env, as go-envconfig has it), what it means (doc) and whether it is a secret
// (secret:"true"). It receives config structs and the environment, and emits their description and every fault at once.
package settings

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"github.com/sethvargo/go-envconfig"
)

// Setting is one environment variable.
type Setting struct {
	Name     string
	Default  string
	Meaning  string
	Required bool
	Secret   bool
}

// Checked is a config struct with rules beyond its fields' types. Check gives every fault, joined, and never quotes a secret.
type Checked interface{ Check() error }

// Describe lists what these config structs read, in the order of their fields; a []Setting stands for itself.
func Describe(configs ...any) (all []Setting) {
	for _, c := range configs {
		if listed, ok := c.([]Setting); ok {
			all = append(all, listed...)
			continue
		}
		each(reflect.Indirect(reflect.ValueOf(c)), func(f reflect.StructField, _ reflect.Value) {
			all = append(all, of(f))
		})
	}
	return all
}

// Fill reads these config structs (pointers) from the environment and checks them. Error: everything that is missing or wrong, in one
// line.
func Fill(ctx context.Context, env envconfig.Lookuper, configs ...any) error {
	var faults []error
	for _, c := range configs {
		var unreadable []error
		each(reflect.ValueOf(c).Elem(), func(f reflect.StructField, target reflect.Value) {
			if err := fill(ctx, env, f, target); err != nil {
				unreadable = append(unreadable, err)
			}
		})
		if len(unreadable) == 0 {
			unreadable = checks(reflect.ValueOf(c).Elem())
		}
		faults = append(faults, unreadable...)
	}
	return inOneLine(faults)
}

// each visits every field that is a setting, also those of structs inside.
func each(config reflect.Value, visit func(reflect.StructField, reflect.Value)) {
	for i := range config.NumField() {
		f := config.Type().Field(i)
		switch {
		case f.Tag.Get("env") != "":
			visit(f, config.Field(i))
		case f.Type.Kind() == reflect.Struct && f.IsExported():
			each(config.Field(i), visit)
		}
	}
}

func of(f reflect.StructField) Setting {
	name, options, _ := strings.Cut(f.Tag.Get("env"), ",")
	s := Setting{Name: name, Meaning: f.Tag.Get("doc"), Secret: f.Tag.Get("secret") == "true"}
	if _, value, has := strings.Cut(options, "default="); has {
		s.Default = value
	}
	s.Required = strings.TrimSpace(options) == "required"
	return s
}

// fill reads one field by itself, so that its fault hides no other's. A required setting that is set to nothing is missing.
func fill(ctx context.Context, env envconfig.Lookuper, f reflect.StructField, target reflect.Value) error {
	s := of(f)
	value, _ := env.Lookup(s.Name)
	if s.Required && value == "" {
		return fmt.Errorf("%s is missing: %s", s.Name, s.Meaning)
	}
	alone := reflect.New(reflect.StructOf([]reflect.StructField{{Name: f.Name, Type: f.Type, Tag: f.Tag}}))
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: alone.Interface(), Lookuper: env}); err != nil {
		if s.Secret {
			value = "not readable"
		}
		return fmt.Errorf("%s is %q, want %s: %s", s.Name, value, kind(f.Type), s.Meaning)
	}
	target.Set(alone.Elem().Field(0))
	return nil
}

var kinds = map[reflect.Type]string{
	reflect.TypeFor[time.Duration]():  "a duration such as 10s",
	reflect.TypeFor[bool]():           "true or false",
	reflect.TypeFor[[]netip.Prefix](): "networks such as 10.0.0.0/8, comma separated",
}

func kind(t reflect.Type) string {
	if named := kinds[t]; named != "" {
		return named
	}
	return "a whole number" // text is never unreadable
}

// checks runs the rules of a config struct and of the structs inside.
func checks(config reflect.Value) (faults []error) {
	if c, ok := config.Addr().Interface().(Checked); ok {
		if err := c.Check(); err != nil {
			faults = append(faults, err)
		}
	}
	for i := range config.NumField() {
		f := config.Type().Field(i)
		if f.Tag.Get("env") == "" && f.Type.Kind() == reflect.Struct && f.IsExported() {
			faults = append(faults, checks(config.Field(i))...)
		}
	}
	return faults
}

func inOneLine(faults []error) error {
	if len(faults) == 0 {
		return nil
	}
	var said []string
	for line := range strings.SplitSeq(errors.Join(faults...).Error(), "\n") {
		said = append(said, line)
	}
	return errors.New(strings.Join(said, "; "))
}
