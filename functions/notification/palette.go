package notification

// palette is the colours of a page. What is written in one of them is read on another: see the test of their contrast.
type palette struct {
	Page, Card    string // backgrounds
	Text, Muted   string // on the card
	Line          string // borders, and the place of a picture that is not there
	Button, Label string // the button, and what is on it
}

var (
	light = palette{Page: "#f2f4f7", Card: "#ffffff", Text: "#1c2430", Muted: "#566070", Line: "#dde2e9", Button: "#1d5bbf", Label: "#ffffff"}
	dark  = palette{Page: "#0e1116", Card: "#1a1f27", Text: "#e8ebf0", Muted: "#a7b0bd", Line: "#343c48", Button: "#8ab4ff", Label: "#0b1a33"}
)
