package main

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/onlinemart/mart/infra/laptop"
)

// parsed is mart up with these flags.
func parsed(t *testing.T, flags ...string) up {
	t.Helper()
	var c struct {
		Up up `cmd:""`
	}
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(append([]string{"up"}, flags...)); err != nil {
		t.Fatal(err)
	}
	return c.Up
}

// Each fault is one line that names its flag, and all of them are told together.
func TestFlagsOfUp(t *testing.T) {
	t.Parallel()
	for flags, want := range map[string][]string{
		"": nil,
		"--stripe-key sk_test_1 --stripe-webhook-secret whsec_1":                            nil,
		"--smtp mail.example.com:587 --smtp-user ada --smtp-password x --smtp-tls required": nil,
		"--origins http://localhost:3000,https://shop.example --origins http://127.0.0.1:*": nil,
		"--stripe-key pk_test_1 --stripe-webhook-secret whsec_1":                            {"--stripe-key is no secret key"},
		"--stripe-key sk_test_1":                           {"--stripe-key wants --stripe-webhook-secret"},
		"--stripe-webhook-secret whsec_1":                  {"--stripe-webhook-secret wants --stripe-key"},
		"--stripe-key sk_test_1 --stripe-webhook-secret 1": {"--stripe-webhook-secret is none of Stripe's"},
		"--stripe-url api.stripe.com":                      {"--stripe-url is"},
		"--return-url http://localhost:3000/paid":          nil,
		"--storefront shop":                                {"--storefront is \"shop\""},
		"--backoffice office":                              {"--backoffice is \"office\""},
		"--return-url localhost:3000":                      {"--return-url is \"localhost:3000\""},
		"--stripe-key sk_live_1 --stripe-webhook-secret whsec_1 --stripe-url http://127.0.0.1:1": {"a live key: use https"},
		"--smtp mail.example.com":                                        {"--smtp is"},
		"--smtp-user ada --smtp-password x --smtp-tls required":          {"--smtp-user wants --smtp "},
		"--smtp mail.example.com:25 --smtp-user ada --smtp-password x":   {"--smtp-user wants --smtp-tls required"},
		"--smtp mail.example.com:25 --smtp-user ada --smtp-tls required": {"--smtp-user wants --smtp-password"},
		"--smtp mail.example.com:25 --smtp-password x":                   {"--smtp-password wants --smtp-user"},
		"--smtp-tls maybe": {"--smtp-tls is"},
		"--owner-email nobody --traces 127.0.0.1:4318":           {"--owner-email is", "--traces is"},
		"--traces http://127.0.0.1:4318":                         nil,
		"--mail-from nobody":                                     {"--mail-from is"},
		"--origins shop.example --origins http://a.example/path": {"--origins has \"shop.example\"", "--origins has \"http://a.example/path\""},
		"--origins http://shop.example:*":                        {"every port may be allowed of localhost only"},
		"--origins *":                                            {"--origins has"},
		"--owner-password short --listen 8080 --payments nowhere --smtp-tls maybe --stripe-webhook-secret 1": {"--owner-password", "--listen", "--payments", "--stripe-webhook-secret wants", "--stripe-webhook-secret is", "--smtp-tls"},
	} {
		t.Run(flags, func(t *testing.T) {
			t.Parallel()
			var got []string
			if err := parsed(t, strings.Fields(flags)...).check(); err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if len(got) != len(want) {
				t.Fatalf("got %q, want %d lines", got, len(want))
			}
			for i, line := range want {
				if !strings.Contains(got[i], line) {
					t.Errorf("got %q, want %q in it", got[i], line)
				}
			}
		})
	}
}

// What a mart in a temporary folder says of its state is what becomes of it.
func TestNothingIsKeptInATemporaryFolder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mart *laptop.Mart
		want []string
	}{
		{&laptop.Mart{Folder: "/tmp/mart-1", Temporary: true}, []string{"Nothing is kept", "removes its folder"}},
		{&laptop.Mart{Folder: "/home/ada/.mart"}, []string{"Everything is kept in /home/ada/.mart.", "nothing is lost"}},
	} {
		for i, got := range []string{parts{}.farewell(c.mart, ""), ending(c.mart)} {
			if !strings.Contains(got, c.want[i]) {
				t.Errorf("got %q, want %q in it", got, c.want[i])
			}
		}
	}
}

// A database that is not in the mart's folder is said with its place, and with a warning where that may be swept.
func TestBannerNamesADatabaseThatIsElsewhere(t *testing.T) {
	t.Parallel()
	swept := filepath.Join(os.TempDir(), "mart-postgres-1")
	reason := "   (not in /home/ada/.mart, which the user that runs Postgres may not enter"
	for database, want := range map[string][]string{
		"/home/ada/.mart/postgres":      nil,
		"/var/lib/mart/mart-postgres-1": {"  Database     /var/lib/mart/mart-postgres-1" + reason + ")"},
		swept:                           {"  Database     " + swept + reason + "; it is a temporary place: choose a --data that others may enter if it shall last)"},
	} {
		if d := cmp.Diff(want, databaseElsewhere(&laptop.Mart{Folder: "/home/ada/.mart"}, database)); d != "" {
			t.Errorf("%s (-want +got)\n%s", database, d)
		}
	}
}

// What is kept elsewhere is said with its place, never with who may enter; only the rest is said to be in the folder.
func TestFarewellSaysWhatIsKeptWhere(t *testing.T) {
	t.Parallel()
	elsewhere := parts{Postgres: "postgres://postgres:geheim@db.example:5432/postgres", Kafka: []string{"a:9092", "b:9092"}}
	for want, c := range map[string]struct {
		parts    parts
		mart     laptop.Mart
		database string
	}{
		"Stopped. What was decided is kept in the database at db.example:5432 (--postgres). The rest, with the secrets without which that cannot be read, is kept in /home/ada/.mart.": {
			parts{Postgres: elsewhere.Postgres}, laptop.Mart{Folder: "/home/ada/.mart"}, "",
		},
		"Stopped. Everything is kept in /home/ada/.mart.": {parts{}, laptop.Mart{Folder: "/home/ada/.mart"}, "/home/ada/.mart/postgres"},
		"Stopped. What was decided is kept in the database in /var/lib/mart/mart-postgres-1. The rest, with the secrets without which that cannot be read, is kept in /home/ada/.mart.": {
			parts{}, laptop.Mart{Folder: "/home/ada/.mart"}, "/var/lib/mart/mart-postgres-1",
		},
		"Stopped. What was decided is kept in the database at db.example:5432 (--postgres). What is on its way is kept in Kafka at a:9092,b:9092 (--kafka). " +
			"Nothing else is kept, not even the secrets without which that cannot be read: its folder was a temporary one (--data names one that stays).": {elsewhere, laptop.Mart{Temporary: true}, ""},
		"Stopped. What was decided is kept in the database at its server (--postgres). The rest, with the secrets without which that cannot be read, is kept in /x.": {
			parts{Postgres: "host=db password=geheim"}, laptop.Mart{Folder: "/x"}, "",
		},
	} {
		if got := c.parts.farewell(&c.mart, c.database); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	info := &debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.time", Value: "2026-11-01T00:00:00Z"}, {Key: "vcs.modified", Value: "true"},
	}}
	if got, want := version(info, true), "mart v1.2.3 revision abc (and changes) of 2026-11-01T00:00:00Z built with go1.26.0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := version(nil, false); got != "mart, of an unknown build" {
		t.Errorf("got %q", got)
	}
}

// What bounds buyers is taken from the environment, and each of those is a setting that some function reads.
func TestBoundsOfAMartOnALaptop(t *testing.T) {
	all, err := allSettings()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range boundNames {
		if !slices.ContainsFunc(all, func(l line) bool { return l.Name == name }) {
			t.Errorf("%s is no setting", name)
		}
		t.Setenv(name, "7")
		if got := (parts{}).config().Env[name]; got != "7" {
			t.Errorf("%s is %q", name, got)
		}
	}
}
