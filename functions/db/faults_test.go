package db

import (
	"testing"

	"github.com/onlinemart/mart/functions/db/internal/inbox"
)

// Whatever is set where a program runs that was built as ever, it keeps its promise.
func TestFaults_NoSettingLeadsToAny(t *testing.T) {
	t.Setenv("MART_FAILPOINT", inbox.AfterCommit)
	if got := builtIn(); got != (inbox.Faults{}) {
		t.Errorf("%+v", got)
	}
}
