package domain

import "testing"

func TestSearchWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"cafe\u0301": "café", "bread/butter": "bread butter", "usb.hub": "usb hub", "t-shirt": "t shirt", "tea -milk": "tea -milk", `-"red tea"`: `-"red tea"`,
		"- tea": "  tea", "tea -": "tea  ", "--tea": "  tea", "a--b": "a  b", "Ｔea": "Tea", "": "", `"red-green"`: `"red green"`,
	} {
		if got := SearchWords(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
