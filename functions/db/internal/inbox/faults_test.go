package inbox

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestKillAt_KillsAtTheNthPass(t *testing.T) {
	if setting := os.Getenv("MART_FAILPOINT"); setting != "" { // the child
		fail, err := killAt(setting)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 5 {
			os.Stdout.WriteString("pass " + strconv.Itoa(n+1) + "\n")
			_ = fail.reach(BeforeCommit)
			_ = fail.reach(AfterCommit)
		}
		return
	}
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKillAt_KillsAtTheNthPass$")
	child.Env = append(os.Environ(), "MART_FAILPOINT="+AfterCommit+":3")
	out, err := child.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "pass 3\n") || strings.Contains(string(out), "pass 4\n") {
		t.Errorf("%v: %s", err, out)
	}
	for _, wrong := range []string{"nowhere", AfterCommit + ":0", AfterCommit + ":x"} {
		if _, err := killAt(wrong); err == nil {
			t.Errorf("%s is accepted", wrong)
		}
	}
}
