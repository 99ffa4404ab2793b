package gateway

import (
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
)

// shopPolicy lets the shop run its own scripts and ask this origin. Its pictures are the products', which lie wherever https is spoken.
const shopPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// shopRoutes are the paths of the shop's one page, which knows by itself what each shows: so they survive a reload, and may be linked to.
var shopRoutes = []string{
	"/shop", "/shop/products/{id}", "/shop/cart", "/shop/checkout", "/shop/orders", "/shop/orders/{id}", "/shop/account",
	"/shop/log-in", "/shop/register", "/shop/forgotten", "/shop/reset-password", "/shop/verify-email",
}

// shopKinds are the media types of what the shop is made of, by what their names end in.
var shopKinds = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}

// shopPages adds the shop at /shop: a client of the public API, of a few files that people may copy.
func shopPages(mux *http.ServeMux) error {
	shell := page{content: file("shop/index.html"), kind: html, policy: shopPolicy}
	for _, route := range shopRoutes {
		shell.mount(mux, route)
	}
	mux.Handle("/shop/{rest...}", nowhere{shell})
	mux.Handle("GET /shop/{$}", http.RedirectHandler("/shop", http.StatusPermanentRedirect))
	shop, err := fs.Sub(files, "pages/shop")
	if err != nil {
		return fmt.Errorf("find the shop's files: %w", err)
	}
	return fs.WalkDir(shop, ".", func(name string, entry fs.DirEntry, err error) error {
		kind := shopKinds[path.Ext(name)]
		if err != nil || entry.IsDir() || kind == "" {
			return err
		}
		page{content: file("shop/" + name), kind: kind}.mount(mux, "/shop/"+name)
		return nil
	})
}

// mount has the page answer at a path, for whoever reads.
func (p page) mount(mux *http.ServeMux, path string) {
	p.tag = fmt.Sprintf("%q", base64.RawURLEncoding.EncodeToString(sum(p.content)))
	mux.Handle("GET "+path, p)
	mux.HandleFunc(path, notAllowed)
}
