package running_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/infra/filelock"
	"github.com/onlinemart/mart/infra/running"
)

// The mart of a folder is found while it runs, and said; once it has ended nobody is asked in its place. Who is named is asked, whatever runs.
func TestTheMartOfAFolderIsFound(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	none := "no mart runs on " + data + " (--data, MART_DATA): start it there, or say with --url (MART_URL) which one is asked"
	is := func(when, named, url, said, fault string) {
		t.Helper()
		var w strings.Builder
		got, err := running.Where(named, data, &w)
		failed := ""
		if err != nil {
			failed = err.Error()
		}
		if diff := cmp.Diff([]string{url, said, fault}, []string{got, w.String(), failed}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	is("nothing is there", "", "", "", none)
	lock, err := filelock.Try(filepath.Join(data, running.LockFile))
	if err != nil {
		t.Fatal(err)
	}
	is("it has just begun", "", "", "", none)
	if err := running.Note(data, "http://127.0.0.1:8090"); err != nil {
		t.Fatal(err)
	}
	is("it runs", "", "http://127.0.0.1:8090", "The mart is http://127.0.0.1:8090, which runs on "+data+".\n", "")
	is("another is named", "https://shop.example", "https://shop.example", "", "")
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	is("it has ended", "", "", "", none)
	is("another is named, and it has ended", "https://shop.example", "https://shop.example", "", "")
}
