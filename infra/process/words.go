package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"syscall"
)

// lastWords keeps the end of what a program says.
type lastWords struct {
	mu   sync.Mutex
	text []byte
}

const keptWords = 8 << 10

func (w *lastWords) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, p...)
	if extra := len(w.text) - keptWords; extra > 0 {
		w.text = append([]byte(nil), w.text[extra:]...)
	}
	return len(p), nil
}

func (w *lastWords) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return string(bytes.TrimSpace(w.text))
}

// Lines is a program's output that is heard line by line.
type Lines struct {
	Hear func(line string)
	rest []byte // what is no whole line yet
}

func (l *Lines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		l.Hear(string(line))
		l.rest = rest
	}
}

// StartSaying is Start for a program that says something when it is ready: it returns with that line. Error: it ended instead.
func StartSaying(ctx context.Context, cmd *exec.Cmd, orphaned syscall.Signal) (*Process, string, error) {
	said := make(chan string, 1)
	cmd.Stdout = &Lines{Hear: func(line string) {
		select {
		case said <- line:
		default: // it is not the first
		}
	}}
	p, err := Start(cmd, orphaned)
	if err != nil {
		return nil, "", err
	}
	select {
	case line := <-said:
		return p, line, nil
	case <-p.ended:
		return nil, "", fmt.Errorf("%s ended and had said nothing: %w", cmd.Path, p.Err())
	case <-ctx.Done():
		return nil, "", errors.Join(fmt.Errorf("%s says nothing: %w", cmd.Path, ctx.Err()), p.Kill())
	}
}
