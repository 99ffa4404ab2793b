package recording

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// Measures of the picture, in its own units. A character's width is said of each text, so that columns stand under each other in any font.
const (
	margin     = 22.0
	character  = 8.0
	lineHeight = 20.0
	baseline   = 14.0 // of a line, from where it begins
)

// How long the picture waits before the next lines: they come in the order and at the pace in which they came, where people can follow.
const (
	shortest = 400 * time.Millisecond
	longest  = 1200 * time.Millisecond
)

// look has both schemes, and lines that come one after another and stay; all is there at once for whoever wants nothing to move.
const look = `
svg { --card: #ffffff; --line: #e4e0d8; --ink: #1c1b19; --quiet: #625f58; --accent: #0b6b4f }
@media (prefers-color-scheme: dark) { svg { --card: #1c1e1b; --line: #32342f; --ink: #eceae4; --quiet: #a5a299; --accent: #6fd3ae } }
rect { fill: var(--card); stroke: var(--line) }
text { fill: var(--ink); font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; white-space: pre }
.bold { fill: var(--accent); font-weight: 700 }
.dim { fill: var(--quiet) }
@media (prefers-reduced-motion: no-preference) { g { animation: come .25s ease-out backwards } }
@keyframes come { from { opacity: 0 } }
`

type svgPicture struct {
	XMLName xml.Name   `xml:"http://www.w3.org/2000/svg svg"`
	Width   float64    `xml:"width,attr"`
	Height  float64    `xml:"height,attr"`
	ViewBox string     `xml:"viewBox,attr"`
	Role    string     `xml:"role,attr"`
	Title   string     `xml:"title"`
	Style   svgStyle   `xml:"style"`
	Card    svgCard    `xml:"rect"`
	Groups  []svgGroup `xml:"g"`
}

type svgStyle struct {
	Text string `xml:",innerxml"` // readable; it has nothing that would end it
}

type svgCard struct {
	X      float64 `xml:"x,attr"`
	Y      float64 `xml:"y,attr"`
	Width  float64 `xml:"width,attr"`
	Height float64 `xml:"height,attr"`
	Radius float64 `xml:"rx,attr"`
}

// svgGroup is lines that come together.
type svgGroup struct {
	Style string    `xml:"style,attr"`
	Texts []svgText `xml:"text"`
}

type svgText struct {
	Class  string  `xml:"class,attr,omitempty"`
	X      float64 `xml:"x,attr"`
	Y      float64 `xml:"y,attr"`
	Length float64 `xml:"textLength,attr"`
	Adjust string  `xml:"lengthAdjust,attr"`
	Text   string  `xml:",chardata"`
}

// SVG is the recording as a picture that moves where readers let it, and is whole when it has come to its end. Error: the text has a control that is
// none of the writing's.
func (r Recording) SVG() ([]byte, error) {
	p := svgPicture{Role: "img", Title: r.Command, Style: svgStyle{look}}
	lines, delay, before := 0, time.Duration(0), time.Duration(0)
	for i, s := range r.Shown {
		if i > 0 {
			delay += min(max(s.After-before, shortest), longest)
		}
		before = s.After
		g := svgGroup{Style: fmt.Sprintf("animation-delay: %dms", delay.Milliseconds())}
		w := writing{line: lines}
		if err := w.read(s.Text); err != nil {
			return nil, err
		}
		g.Texts, lines = w.texts, w.line
		p.Groups = append(p.Groups, g)
	}
	p.Width, p.Height = 2*margin+float64(r.Columns)*character, 2*margin+float64(lines)*lineHeight
	p.ViewBox = fmt.Sprintf("0 0 %g %g", p.Width, p.Height)
	p.Card = svgCard{0.5, 0.5, p.Width - 1, p.Height - 1, 10}
	picture, err := xml.MarshalIndent(p, "", " ")
	return append(picture, '\n'), err
}

// writing is where the next character goes, and how it looks.
type writing struct {
	line, column int
	class        string
	texts        []svgText
}

var classes = map[string]string{toPlain: "", toBold: "bold", toDim: "dim"}

// read places a text, up to each control.
func (w *writing) read(text string) error {
	for text != "" {
		at := strings.IndexFunc(text, func(r rune) bool { return r < ' ' })
		if at < 0 {
			at = len(text)
		}
		w.place(text[:at])
		text = text[at:]
		switch {
		case text == "":
		case text[0] == '\n':
			w.line, w.column, text = w.line+1, 0, text[1:]
		default:
			control := text[:min(len(toPlain), len(text))]
			class, known := classes[control]
			if !known {
				return fmt.Errorf("%q is no change of writing that a recording knows", control)
			}
			w.class, text = class, text[len(control):]
		}
	}
	return nil
}

// words follow each other on a line; between two runs of them there is a gap.
var words = regexp.MustCompile(`\S+(?: \S+)*`)

// place adds what stands on a line, each run of words in its column.
func (w *writing) place(text string) {
	for _, at := range words.FindAllStringIndex(text, -1) {
		run := text[at[0]:at[1]]
		w.texts = append(w.texts, svgText{
			Class: w.class, X: margin + float64(w.column+utf8.RuneCountInString(text[:at[0]]))*character, Y: margin + float64(w.line)*lineHeight + baseline,
			Length: float64(utf8.RuneCountInString(run)) * character, Adjust: "spacingAndGlyphs", Text: run,
		})
	}
	w.column += utf8.RuneCountInString(text)
}
