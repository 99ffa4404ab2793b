package settings_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/functions/settings"
	"github.com/sethvargo/go-envconfig"
)

type kitchen struct {
	Oven  string        `env:"OVEN_URL, required" doc:"The address of the oven."`
	Key   string        `env:"OVEN_KEY, required" secret:"true" doc:"Opens it."`
	Heat  int           `env:"OVEN_HEAT, default=180" doc:"In degrees."`
	Bake  time.Duration `env:"OVEN_TIME, default=40m" doc:"How long."`
	Light bool          `env:"OVEN_LIGHT" doc:"Whether it is lit."`
	Dough dough
}

type dough struct {
	Flour  string `env:"FLOUR_KIND, default=rye" doc:"rye or wheat."`
	PinNum int    `env:"FLOUR_PIN" secret:"true" doc:"Of the safe."`
}

func (d dough) Check() error {
	if d.Flour != "rye" && d.Flour != "wheat" {
		return errors.New("FLOUR_KIND is no flour")
	}
	return nil
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	want := []settings.Setting{
		{Name: "OVEN_URL", Required: true, Meaning: "The address of the oven."},
		{Name: "OVEN_KEY", Required: true, Secret: true, Meaning: "Opens it."},
		{Name: "OVEN_HEAT", Default: "180", Meaning: "In degrees."},
		{Name: "OVEN_TIME", Default: "40m", Meaning: "How long."},
		{Name: "OVEN_LIGHT", Meaning: "Whether it is lit."},
		{Name: "FLOUR_KIND", Default: "rye", Meaning: "rye or wheat."},
		{Name: "FLOUR_PIN", Secret: true, Meaning: "Of the safe."},
		{Name: "BOWL"},
	}
	if diff := cmp.Diff(want, settings.Describe(kitchen{}, []settings.Setting{{Name: "BOWL"}})); diff != "" {
		t.Error(diff)
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		env  map[string]string
		want string // the error
	}{
		"all":     {map[string]string{"OVEN_URL": "http://oven", "OVEN_KEY": "k", "OVEN_TIME": "1h", "FLOUR_KIND": "wheat"}, ""},
		"nothing": {nil, "OVEN_URL is missing: The address of the oven.; OVEN_KEY is missing: Opens it."},
		"empty":   {map[string]string{"OVEN_URL": "", "OVEN_KEY": "k"}, "OVEN_URL is missing: The address of the oven."},
		"wrong and missing": {
			map[string]string{"OVEN_URL": "http://oven", "OVEN_HEAT": "hot", "OVEN_TIME": "long", "OVEN_LIGHT": "on and off", "FLOUR_PIN": "x1234"},
			`OVEN_KEY is missing: Opens it.; OVEN_HEAT is "hot", want a whole number: In degrees.; OVEN_TIME is "long", want a duration such as 10s: How long.; ` +
				`OVEN_LIGHT is "on and off", want true or false: Whether it is lit.; FLOUR_PIN is "not readable", want a whole number: Of the safe.`,
		},
		"against its own rule": {map[string]string{"OVEN_URL": "http://oven", "OVEN_KEY": "k", "FLOUR_KIND": "sand"}, "FLOUR_KIND is no flour"},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			var got kitchen
			err := settings.Fill(context.Background(), envconfig.MapLookuper(c.env), &got)
			if text(err) != c.want {
				t.Fatalf("got %q, want %q", text(err), c.want)
			}
			want := kitchen{Oven: "http://oven", Key: "k", Heat: 180, Bake: time.Hour, Dough: dough{Flour: "wheat"}}
			if diff := cmp.Diff(want, got); err == nil && diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The faults of all structs come together.
func TestFill_AllStructs(t *testing.T) {
	t.Parallel()
	err := settings.Fill(t.Context(), envconfig.MapLookuper(map[string]string{"OVEN_KEY": "k", "FLOUR_KIND": "sand"}), new(kitchen), new(dough))
	if want := "OVEN_URL is missing: The address of the oven.; FLOUR_KIND is no flour"; text(err) != want {
		t.Errorf("got %q, want %q", text(err), want)
	}
}

func TestUnread(t *testing.T) {
	t.Parallel()
	own := settings.Describe(kitchen{})
	all := append(settings.Describe(struct {
		Bell string `env:"OVEN_BELL"`
	}{}), own...)
	for name, want := range map[string]string{
		"OVEN_KYE":              "OVEN_KYE is set, and nobody reads it: is OVEN_KEY meant?",
		"FLOR_KIND":             "FLOR_KIND is set, and nobody reads it: is FLOUR_KIND meant?",
		"OVEN_PASSWORD":         "OVEN_PASSWORD is set, and nobody reads it: the settings of that kind are OVEN_HEAT, OVEN_KEY, OVEN_LIGHT, OVEN_TIME, OVEN_URL",
		"OVEN_URL":              "", // read
		"OVEN_BELL":             "", // read by another
		"OVEN_SERVICE_HOST":     "", // Kubernetes' own
		"OVEN_PORT":             "",
		"OVEN_PORT_80_TCP":      "",
		"OVEN_PORT_80_TCP_ADDR": "",
		"PATH":                  "",
		"HOME":                  "",
		"LANG":                  "",
		"SOMETHING_ELSE":        "",
	} {
		if got := strings.Join(settings.Unread([]string{name}, own, all), "\n"); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
