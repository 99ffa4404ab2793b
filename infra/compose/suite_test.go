package compose

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// fewest is how many tests of the suite must pass here: it cannot pass by leaving everything out.
const fewest = 21

// runSuite runs the end-to-end suite, as it is, against the gateway's container. Only storms and what
// deletes pods or crashes containers may be left out.
func (m *machine) runSuite(t *testing.T) {
	t.Helper()
	owner := m.project.Services["user"].Environment
	suite := exec.CommandContext(t.Context(), "go", "test", "-json", "-count=1", "-timeout=30m", "./infra/e2e")
	suite.Dir = root
	suite.Env = append(slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "MART_") }),
		"MART_E2E_URL=http://"+Address(m.project, "gateway")+":8080",
		"MART_E2E_MAIL="+m.inboxURL(),
		"MART_E2E_PAYMENTS=http://"+Address(m.project, "payment-provider")+":12111",
		"MART_OWNER_EMAIL="+*owner["OWNER_EMAIL"], "MART_OWNER_PASSWORD="+*owner["OWNER_PASSWORD"])
	var complaints bytes.Buffer
	suite.Stderr = &complaints
	begin := time.Now()
	said, err := suite.Output()
	r := read(said)
	t.Logf("the end-to-end suite against the containers' processes: %d tests passed, %d left out, in %s", len(r.passed), len(r.skipped), time.Since(begin).Round(100*time.Millisecond))
	if err != nil {
		t.Errorf("the end-to-end suite: %v\n%s\n%s", err, r.failures(), complaints.String())
	}
	if len(r.passed) < fewest {
		t.Errorf("%d tests of the suite passed, want %d or more: %v", len(r.passed), fewest, r.passed)
	}
	for _, name := range r.skipped {
		if !strings.HasPrefix(name, "TestStorm") && !strings.HasPrefix(name, "TestCluster") && !strings.HasPrefix(name, "TestContainers") {
			t.Errorf("%s was left out", name)
		}
	}
}

// inbox runs in the place of the mail container, at its name and ports.
func (m *machine) inbox(t *testing.T) Process {
	t.Helper()
	at := Address(m.project, "mail")
	return Process{
		Name: "mail", Argv: []string{m.here.Programs + "/mailbox"},
		Env: []string{"DATA_DIR=" + t.TempDir(), "LISTEN_ADDRESS=" + at + ":8025", "SMTP_LISTEN_ADDRESS=" + at + ":1025"},
	}
}

func (m *machine) inboxURL() string { return "http://" + Address(m.project, "mail") + ":8025" }

// results is what became of the tests, but not of their parts, and what each of them printed; what belongs to no test has the name "".
type results struct {
	passed, skipped []string
	output          map[string]string
}

// read reads what go test -json prints.
func read(said []byte) results {
	r := results{output: map[string]string{}}
	for text := range bytes.Lines(said) {
		var line struct{ Action, Test, Output string }
		if json.Unmarshal(text, &line) != nil {
			line.Output = string(text)
		}
		name, _, part := strings.Cut(line.Test, "/")
		r.output[name] += line.Output
		switch {
		case part:
		case line.Action == "pass" && name != "":
			r.passed = append(r.passed, name)
		case line.Action == "skip" && name != "":
			r.skipped = append(r.skipped, name)
		}
	}
	return r
}

// failures is what the tests printed that neither passed nor were left out, and after them what belongs to no test.
func (r results) failures() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r.output)) {
		if name != "" && !slices.Contains(r.passed, name) && !slices.Contains(r.skipped, name) {
			b.WriteString(r.output[name])
		}
	}
	return b.String() + r.output[""]
}

func TestOnlyFailuresAreTold(t *testing.T) {
	t.Parallel()
	r := read([]byte(`{"Action":"output","Test":"TestGood","Output":"good\n"}
{"Action":"pass","Test":"TestGood"}
{"Action":"output","Test":"TestLeftOut","Output":"left out\n"}
{"Action":"skip","Test":"TestLeftOut"}
{"Action":"output","Test":"TestBad/part","Output":"bad\n"}
{"Action":"fail","Test":"TestBad/part"}
{"Action":"fail","Test":"TestBad"}
{"Action":"output","Output":"FAIL\n"}
{"Action":"fail"}
no JSON
`))
	if got, want := r.failures(), "bad\nFAIL\nno JSON\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !slices.Equal(r.passed, []string{"TestGood"}) || !slices.Equal(r.skipped, []string{"TestLeftOut"}) {
		t.Errorf("passed %v, left out %v", r.passed, r.skipped)
	}
}
