package recording

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// castHeader is the first line of an asciicast of version 2.
type castHeader struct {
	Version   int               `json:"version"`
	Width     int               `json:"width"`
	Height    int               `json:"height"`
	Timestamp int64             `json:"timestamp"`
	Command   string            `json:"command"`
	Title     string            `json:"title"`
	Env       map[string]string `json:"env"`
}

// Cast is the recording as an asciicast of version 2, in which everything comes when it came.
func (r Recording) Cast() ([]byte, error) {
	height := 1 // where the next line would be
	for _, s := range r.Shown {
		height += strings.Count(s.Text, "\n")
	}
	header, err := json.Marshal(castHeader{
		Version: 2, Width: r.Columns, Height: height, Timestamp: r.Began.Unix(), Command: r.Command, Title: r.Command, Env: map[string]string{"TERM": "xterm-256color"},
	})
	if err != nil {
		return nil, fmt.Errorf("write the header: %w", err)
	}
	var cast bytes.Buffer
	fmt.Fprintf(&cast, "%s\n", header)
	for _, s := range r.Shown {
		text, err := json.Marshal(strings.ReplaceAll(s.Text, "\n", "\r\n"))
		if err != nil {
			return nil, fmt.Errorf("write %q: %w", s.Text, err)
		}
		fmt.Fprintf(&cast, "[%.6f, \"o\", %s]\n", s.After.Seconds(), text)
	}
	return cast.Bytes(), nil
}
