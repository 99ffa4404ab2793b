package filelock_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/onlinemart/mart/infra/filelock"
)

func TestALockHasOneHolderAndCanBeTakenAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	first, err := filelock.Try(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := filelock.Try(path); !errors.Is(err, filelock.ErrHeld) {
		t.Fatalf("second holder: got %v, want ErrHeld", err)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	second, err := filelock.Try(path)
	if err != nil {
		t.Fatalf("after release: %v", err)
	}
	if err := second.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestALockIsWaitedForWhileSomebodyLetsGo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	first, err := filelock.Try(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := filelock.Within(t.Context(), path, 0); !errors.Is(err, filelock.ErrHeld) {
		t.Fatalf("without patience: got %v, want ErrHeld", err)
	}
	taken := make(chan error)
	go func() {
		second, err := filelock.Within(t.Context(), path, time.Minute)
		if err == nil {
			err = second.Release()
		}
		taken <- err
	}()
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	if err := <-taken; err != nil {
		t.Errorf("after release: %v", err)
	}
}

func TestASharedLockIsSharedAndKeepsTheExclusiveOneOut(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	var readers []*filelock.Lock
	for range 2 {
		reader, err := filelock.WaitShared(path)
		if err != nil {
			t.Fatal(err)
		}
		readers = append(readers, reader)
	}
	if _, err := filelock.Try(path); !errors.Is(err, filelock.ErrHeld) {
		t.Fatalf("beside readers: got %v, want ErrHeld", err)
	}
	for _, reader := range readers {
		if err := reader.Release(); err != nil {
			t.Fatal(err)
		}
	}
}
