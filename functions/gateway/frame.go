package gateway

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
)

// frame is what stands around each of our own pages: its navigation leads to the doors that this mart has.
type frame struct{ shop, office bool }

// addDoors adds the pages for customers and for staff, where they are wanted. Where they are not, nothing is at their paths.
func addDoors(mux *http.ServeMux, around frame) error {
	if around.shop {
		if err := shopPages(mux); err != nil {
			return err
		}
	}
	if !around.office {
		return nil
	}
	return officePages(mux, around)
}

// framed is a page's template within the frame of all of them.
func (f frame) framed(name string) (*template.Template, error) {
	return f.read("frame.html", "bar.html", name)
}

// read is a template of files, of which the first has the others within it.
func (f frame) read(names ...string) (*template.Template, error) {
	has := func(door bool) func() bool { return func() bool { return door } }
	t := template.New(names[0]).Funcs(template.FuncMap{"prose": prose, "shop": has(f.shop), "office": has(f.office)})
	for _, name := range names {
		if _, err := t.ParseFS(files, "pages/"+name); err != nil {
			return nil, fmt.Errorf("read the page %s: %w", name, err)
		}
	}
	return t, nil
}

// rendered is a page that stays as it is made.
func (f frame) rendered(name string, what any) (page, error) {
	t, err := f.framed(name)
	if err != nil {
		return page{}, err
	}
	return made(t, what, pagePolicy)
}

// reference is the page around the viewer of the API, which brings a frame of its own: of ours it has what leads back.
func (f frame) reference() (page, error) {
	t, err := f.read("docs.html", "bar.html")
	if err != nil {
		return page{}, err
	}
	return made(t, nil, docsPolicy)
}

// made is a page out of its template.
func made(t *template.Template, what any, policy string) (page, error) {
	var content bytes.Buffer
	if err := t.Execute(&content, what); err != nil {
		return page{}, fmt.Errorf("make the page %s: %w", t.Name(), err)
	}
	return page{content: content.Bytes(), kind: html, policy: policy}, nil
}
