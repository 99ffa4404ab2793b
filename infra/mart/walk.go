package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/onlinemart/mart/infra/recording"
)

// walk is where the hops of a demo are shown, as they come, and what is kept of them.
type walk struct {
	out     io.Writer
	styled  bool
	columns int // how wide it may be; 0: as wide as it is
	record  *recording.Recording
}

func newWalk(out io.Writer, styled bool) *walk { return &walk{out: out, styled: styled} }

// Columns of a walk: where what was done begins, and where it ends when it is recorded, so that a phone shows it in writing that people can read.
const (
	hopIndent       = 22
	recordedColumns = 64
)

// recorded has the walk kept, beginning with how it was called.
func (w *walk) recorded() *walk {
	const command = "mart demo"
	w.columns = recordedColumns
	w.record = &recording.Recording{
		Command: command, Began: time.Now(), Columns: recordedColumns, Shown: []recording.Shown{{Text: recording.Bold("$ "+command) + "\n"}},
	}
	return w
}

// hop shows one: what was done, how long it took, what came of it, and what that was behind the API.
func (w *walk) hop(title string, took time.Duration, result, behind string) {
	text := fmt.Sprintf("%s %10s  %s\n", recording.Bold(fmt.Sprintf("%-9s", title)), milliseconds(took), w.folded(result))
	if behind != "" {
		text += strings.Repeat(" ", hopIndent) + recording.Dim(w.folded(behind)) + "\n"
	}
	w.show(text)
}

func (w *walk) show(text string) {
	if w.record != nil {
		w.record.Shown = append(w.record.Shown, recording.Shown{After: time.Since(w.record.Began), Text: text})
	}
	if !w.styled {
		text = recording.Plain(text)
	}
	_, _ = io.WriteString(w.out, text) // where nobody reads it, the walk goes on
}

// folded is a text as it stands behind the indent, broken between words where it is too wide. A word that is too wide stays whole.
func (w *walk) folded(text string) string {
	if w.columns == 0 {
		return text
	}
	var folded strings.Builder
	column := hopIndent
	for i, word := range strings.Fields(text) {
		width := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+width > w.columns:
			folded.WriteString("\n" + strings.Repeat(" ", hopIndent))
			column = hopIndent
		default:
			folded.WriteByte(' ')
			column++
		}
		folded.WriteString(word)
		column += width
	}
	return folded.String()
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

// many is how many there are of something, in words.
func many(n int, one, more string) string {
	if n == 1 {
		more = one
	}
	return fmt.Sprintf("%d %s", n, more)
}
