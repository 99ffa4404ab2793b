// Package recording keeps what a program has shown on a terminal, and when: as an asciicast, which terminals play, or as a picture, which browsers
// do, without a script.
//
// It knows lines that follow each other, in plain, bold or dim writing, and no more of a terminal: nothing that is shown is changed later.
package recording

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Recording is what was shown, oldest first.
type Recording struct {
	Command string    // what was called
	Began   time.Time // when
	Columns int       // how wide the terminal is
	Shown   []Shown
}

// Shown is some lines that came together. Each ends in a newline, and has at most as many characters as there are columns; Bold and Dim write.
type Shown struct {
	After time.Duration // since the beginning
	Text  string
}

// How writing changes, as terminals know it.
const (
	toPlain = "\x1b[0m"
	toBold  = "\x1b[1m"
	toDim   = "\x1b[2m"
)

// Bold is text in bold writing.
func Bold(text string) string { return toBold + text + toPlain }

// Dim is text that stands back.
func Dim(text string) string { return toDim + text + toPlain }

// Plain is text without any of that.
func Plain(text string) string {
	return strings.NewReplacer(toPlain, "", toBold, "", toDim, "").Replace(text)
}

// kinds are the kinds of files, by how their names end.
var kinds = map[string]func(Recording) ([]byte, error){".cast": Recording.Cast, ".svg": Recording.SVG}

// Check says what is wrong with the name of a file, before there is anything to write into it.
func Check(file string) error {
	if ext := filepath.Ext(file); kinds[ext] == nil {
		return fmt.Errorf("a recording is an asciicast or a picture: call the file %s.cast or %[1]s.svg", strings.TrimSuffix(file, ext))
	}
	return nil
}

// Write writes the file of the kind that its name says.
func (r Recording) Write(file string) error {
	if err := Check(file); err != nil {
		return err
	}
	content, err := kinds[filepath.Ext(file)](r)
	if err != nil {
		return fmt.Errorf("record %s: %w", file, err)
	}
	return os.WriteFile(file, content, 0o644)
}
