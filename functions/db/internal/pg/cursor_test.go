package pg

import "testing"

// What a cursor says is taken as Postgres has written it, and nothing else is, however much Postgres itself would take.
func TestKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ of, text, want string }{
		{"timestamptz", "2026-11-29 02:38:05.123456+00", "2026-11-29 02:38:05.123456+00"},
		{"timestamptz", "2026-11-29 02:38:05.12+00", "2026-11-29 02:38:05.12+00"},
		{"timestamptz", "2026-11-29 02:38:05+00", "2026-11-29 02:38:05+00"},
		{"timestamptz", "2026-11-29 02:38:05+05:30", "2026-11-28 21:08:05+00"},
		{"timestamptz", "2026-11-28 16:38:05-10", "2026-11-29 02:38:05+00"},
		{"bigint", "-12", "-12"},
		{"bigint", "9223372036854775807", "9223372036854775807"},
		{"text", "Tee' für zwei", "Tee' für zwei"},
		{"text", "", ""},
	} {
		if got, ours := keys[c.of](c.text); got != c.want || !ours {
			t.Errorf("%s %q: %q, %v", c.of, c.text, got, ours)
		}
	}
	for of, foreign := range map[string][]string{
		"timestamptz": {
			"", "now", "infinity", "-infinity", "epoch", "today", "J2451187", "2026-11-29", "2026-11-29 02:38:05", "2026-11-29T02:38:05Z", "2026-11-29 02:38:05+99", "2026-11-29 02:38:05+23",
			"2026-11-29 02:38:05 Mars/Phobos", "2026-11-29 02:38:05.1234567+00", "2026-11-29 02:38:05.10+00", "2026-02-30 02:38:05+00", "0000-01-01 00:00:00+00", "2026-11-29 02:38:05+00 BC", " 2026-11-29 02:38:05+00",
		},
		"bigint": {"", "soon", "1.5", "1e3", "+1", "01", "0x10", " 1", "9223372036854775808", "NaN"},
		"text":   {"a\x00b", "\xff"},
	} {
		for _, text := range foreign {
			if key, ours := keys[of](text); ours {
				t.Errorf("%s %q is taken as %q", of, text, key)
			}
		}
	}
}
