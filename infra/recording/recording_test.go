package recording

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// greeting is a program that greets, thinks for long, and says a little at once.
var greeting = Recording{
	Command: "greet <ada>", Began: time.Unix(1795915228, 0), Columns: 28,
	Shown: []Shown{
		{0, "$ greet <ada>\n"},
		{1500 * time.Microsecond, Bold("hello") + "   1.5 ms  Ada & all →\n" + "  " + Dim("on two\n  lines") + "\n"},
		{9 * time.Second, "done\n"},
	},
}

func TestACastHasEverythingWhenItCame(t *testing.T) {
	t.Parallel()
	cast, err := greeting.Cast()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"version":2,"width":28,"height":6,"timestamp":1795915228,"command":"greet \u003cada\u003e","title":"greet \u003cada\u003e","env":{"TERM":"xterm-256color"}}
[0.000000, "o", "$ greet \u003cada\u003e\r\n"]
[0.001500, "o", "\u001b[1mhello\u001b[0m   1.5 ms  Ada \u0026 all →\r\n  \u001b[2mon two\r\n  lines\u001b[0m\r\n"]
[9.000000, "o", "done\r\n"]
`
	if d := cmp.Diff(want, string(cast)); d != "" {
		t.Error(d)
	}
}

// drawn is a picture as it is looked at: line by line what stands in it, by column, with its writing; a line's lines that come later begin with when.
func drawn(t *testing.T, svg []byte) (lines []string) {
	t.Helper()
	var p svgPicture
	if err := xml.Unmarshal(svg, &p); err != nil {
		t.Fatal(err)
	}
	for _, g := range p.Groups {
		lines = append(lines, g.Style)
		for _, x := range g.Texts {
			column, line := (x.X-margin)/character, (x.Y-margin-baseline)/lineHeight
			if x.X+x.Length > p.Width-margin+0.5 || x.Y > p.Height-margin || column != math.Trunc(column) {
				t.Errorf("%q is not in the picture", x.Text)
			}
			lines = append(lines, fmt.Sprintf("%g:%g %s[%s]", line, column, x.Class, x.Text))
		}
	}
	return lines
}

func TestAPictureHasEveryLineInItsPlace(t *testing.T) {
	t.Parallel()
	svg, err := greeting.SVG()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"animation-delay: 0ms", "0:0 [$ greet <ada>]",
		"animation-delay: 400ms", "1:0 bold[hello]", "1:8 [1.5 ms]", "1:16 [Ada & all →]", "2:2 dim[on two]", "3:2 dim[lines]",
		"animation-delay: 1600ms", "4:0 [done]",
	}
	if d := cmp.Diff(want, drawn(t, svg)); d != "" {
		t.Error(d)
	}
}

// A picture is shown where no script may run, and none of it comes from elsewhere.
func TestAPictureIsAPictureAlone(t *testing.T) {
	t.Parallel()
	svg, err := greeting.SVG()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, begins := token.(xml.StartElement); begins {
			found[e.Name.Local] = true
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || strings.HasSuffix(a.Name.Local, "href") {
					t.Errorf("%s has %s", e.Name.Local, a.Name.Local)
				}
			}
		}
	}
	if d := cmp.Diff(map[string]bool{"svg": true, "title": true, "style": true, "rect": true, "g": true, "text": true}, found); d != "" {
		t.Error(d)
	}
	if strings.Contains(look, "url(") || strings.Contains(look, "@import") {
		t.Error("its look is asked for elsewhere")
	}
}

func TestWhatATerminalDoesBesideIsNotDrawn(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"\x1b[31mred\x1b[0m\n", "over\rwritten\n", "half\x1b[", "a\ttab\n"} {
		if _, err := (Recording{Shown: []Shown{{0, text}}}).SVG(); err == nil || !strings.Contains(err.Error(), "no change of writing") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A file's name says what it is; another one is refused before anything is written.
func TestAFilesNameSaysWhatItIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, begins := range map[string]string{"walk.cast": `{"version":2`, "walk.svg": "<svg "} {
		file := filepath.Join(dir, name)
		if err := greeting.Write(file); err != nil {
			t.Fatal(err)
		}
		if content, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(content), begins) {
			t.Errorf("%s: %.40q, %v", name, content, err)
		}
	}
	for _, name := range []string{"walk", "walk.gif"} {
		err := greeting.Write(filepath.Join(dir, name))
		if err == nil || !strings.HasSuffix(err.Error(), "call the file "+filepath.Join(dir, "walk")+".cast or "+filepath.Join(dir, "walk")+".svg") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is written: %v", name, err)
		}
	}
}
