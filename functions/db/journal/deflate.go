package journal

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/flate" // compress/flate's format at half its time
)

// dictionary is what results are full of: the names of their members, most of all. It must stay as it is for as long as there are entries
// that were packed with it; a better one is another format.
//
//go:embed dictionary.bin
var dictionary []byte

var (
	writers = sync.Pool{New: func() any {
		w, _ := flate.NewWriterDict(io.Discard, flate.DefaultCompression, dictionary) // the level is one that there is
		return w
	}}
	readers = sync.Pool{New: func() any { return flate.NewReaderDict(bytes.NewReader(nil), dictionary) }}
)

func deflate(text []byte) ([]byte, error) {
	w, _ := writers.Get().(*flate.Writer)
	defer writers.Put(w)
	packed := bytes.NewBuffer([]byte{format})
	w.Reset(packed)
	_, err := w.Write(text)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("pack the results: %w", err)
	}
	return packed.Bytes(), nil
}

func inflate(packed []byte) ([]byte, error) {
	if packed[0] != format {
		return nil, fmt.Errorf("a later release has packed them, by its format %d", packed[0])
	}
	r, _ := readers.Get().(io.Reader)
	defer readers.Put(r)
	if err := r.(flate.Resetter).Reset(bytes.NewReader(packed[1:]), dictionary); err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
