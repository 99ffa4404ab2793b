package web

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
)

// ID is an id as a request names a thing, in its path, its query or its body: a UUID in small or capital letters. Behind here there
// are only small ones.
type ID string

// Resolve writes the id as it is stored. Errors: it is no UUID of 36 characters.
func (id *ID) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	if *id == "" {
		return nil // whether it may be absent, the schema says
	}
	if len(*id) != 36 || uuid.Validate(string(*id)) != nil {
		return []error{Fault(at, wantUUID)}
	}
	*id = ID(strings.ToLower(string(*id)))
	return nil
}

const wantUUID = "must be a UUID such as 0198c6f2-3c1e-7d4a-9b1e-5f0c2f6a7b8d"
