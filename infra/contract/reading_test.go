package contract

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The page that shows the document sorts the first steps as the document has them.
func TestThePageHasTheFirstSteps(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../../functions/gateway/pages/docs.js")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`const way = \[([^\]]*)\]`).FindSubmatch(script)
	if list == nil {
		t.Fatal("docs.js has no list of first steps that is called way")
	}
	var want, got []string
	for _, step := range firstSteps {
		want = append(want, strings.ToUpper(step.method)+" "+step.path)
	}
	for _, step := range regexp.MustCompile(`'([^']*)'`).FindAllSubmatch(list[1], -1) {
		got = append(got, string(step[1]))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs.js has other first steps than reading.go (-reading.go +docs.js):\n%s", diff)
	}
}
