package domain

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSearchFor(t *testing.T) {
	t.Parallel()
	plain := func(words string) Search { return Search{Words: words, Plain: true} }
	open := func(words string) Search { return Search{Words: words, Plain: true, Open: true} }
	for in, want := range map[string]Search{
		"cafe\u0301": open("café"), "bread/butter": open("bread butter"), "usb.hub": open("usb hub"), "t-shirt": open("t shirt"), "Ｔea": open("Tea"),
		"- tea": open("  tea"), "--tea": open("  tea"), "a--b": plain("a  b"), "tea -": open("tea  "), "": plain(""), "/": plain(" "), "red t": plain("red t"),
		"tea -milk": {Words: "tea -milk"}, `-"red tea"`: {Words: `-"red tea"`}, `"red-green"`: {Words: `"red green"`}, `"red te`: {Words: `"red te`},
		"-milk tea": {Words: "-milk tea", Open: true}, "tea or cake": {Words: "tea or cake", Open: true}, `"red tea" cup`: {Words: `"red tea" cup`, Open: true},
	} {
		if diff := cmp.Diff(want, SearchFor(in)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}
