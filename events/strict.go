package events

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// CheckJSON refuses what two readers may read differently, of which encoding/json takes one reading and says nothing: bytes that are not
// UTF-8, half a character (\ud800), a member that is there twice. Errors: a *jsontext.SyntacticError says where; io.EOF, there is nothing.
func CheckJSON(raw []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	if err := d.SkipValue(); err != nil {
		return err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the JSON value")
	}
	return nil
}
