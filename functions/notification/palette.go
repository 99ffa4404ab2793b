package notification

// palette is the colours of a mail, which are those of the shop's pages: their look.css has them, too, and a test holds both together. What is
// written in one of them is read on another: see the test of their contrast.
type palette struct {
	Page, Card    string // backgrounds
	Text, Muted   string // on the card
	Line          string // borders, and the place of a picture that is not there
	Button, Label string // the button, and what is on it
}

var (
	light = palette{Page: "#fbfaf7", Card: "#ffffff", Text: "#1c1b19", Muted: "#625f58", Line: "#e4e0d8", Button: "#0b6b4f", Label: "#fbfaf7"}
	dark  = palette{Page: "#141513", Card: "#1c1e1b", Text: "#eceae4", Muted: "#a5a299", Line: "#32342f", Button: "#6fd3ae", Label: "#141513"}
)
