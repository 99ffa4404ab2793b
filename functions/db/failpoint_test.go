package db

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestKillAt_KillsAtTheNthPass(t *testing.T) {
	if setting := os.Getenv("MART_FAILPOINT"); setting != "" { // the child
		fail, err := killAt(setting)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 5 {
			os.Stdout.WriteString("pass " + itoa(int64(n+1)) + "\n")
			_ = fail.reach(beforeCommit)
			_ = fail.reach(afterCommit)
		}
		return
	}
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), hanging)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKillAt_KillsAtTheNthPass$")
	child.Env = append(os.Environ(), "MART_FAILPOINT="+afterCommit+":3")
	out, err := child.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "pass 3\n") || strings.Contains(string(out), "pass 4\n") {
		t.Errorf("%v: %s", err, out)
	}
	for _, wrong := range []string{"nowhere", afterCommit + ":0", afterCommit + ":x"} {
		if _, err := killAt(wrong); err == nil {
			t.Errorf("%s is accepted", wrong)
		}
	}
}

// Whatever is set where a program runs that was built as ever, it keeps its promise.
func TestFaults_NoSettingLeadsToAny(t *testing.T) {
	t.Setenv("MART_FAILPOINT", afterCommit)
	if got := builtIn(); got != (Faults{}) {
		t.Errorf("%+v", got)
	}
}
