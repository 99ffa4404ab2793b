package gateway

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"path"
)

// officePolicy lets the office do what any live page of ours does, and have the frame in which a mail is looked at.
const officePolicy = livePolicy + "; frame-src 'self'"

// picturePolicy lets the one page of a product have its picture, which lies wherever https is spoken.
const picturePolicy = shopPolicy + "; frame-src 'self'"

// mailPolicy lets a mail that staff look at have the styles and pictures that mails have, and nothing else. Its frame comes empty, the page
// around it draws into it, and nothing in it runs. A frame without an address of its own would have the office's policy, and the mail no looks.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin"

// officeRooms are the addresses of the office: all are one page, whose script shows what the address says. It is no secret; what it shows is
// asked of the public API, with the token of whoever has logged in.
var officeRooms = []string{
	"/office", "/office/orders", "/office/orders/{id}", "/office/stock", "/office/stock/{id}", "/office/products", "/office/products/{id}",
	"/office/customers", "/office/customers/{id}", "/office/mails", "/office/returns", "/office/sources",
	"/office/dead-letters", "/office/dead-letters/{id}",
	"/office/brands", "/office/categories", "/office/families", "/office/shipping-methods", "/office/tax-rates", "/office/staff",
	"/office/account", "/office/forgotten", "/office/reset-password",
}

// officeKinds are the media types of what the office is made of, by what their names end in.
var officeKinds = map[string]string{".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}

// officePages adds the pages for staff.
func officePages(mux *http.ServeMux, around frame) error {
	add := func(at string, p page) {
		p.tag = fmt.Sprintf("%q", base64.RawURLEncoding.EncodeToString(sum(p.content)))
		var shown http.Handler = p
		if p.policy == mailPolicy {
			shown = inFrame(p)
		}
		mux.Handle("GET "+at, shown)
		mux.HandleFunc(at, notAllowed)
	}
	room, err := around.rendered("office.html", nil)
	if err != nil {
		return err
	}
	room.policy = officePolicy
	pictured := room
	pictured.policy = picturePolicy
	for _, at := range officeRooms {
		if at == "/office/products/{id}" {
			add(at, pictured)
			continue
		}
		add(at, room)
	}
	mux.Handle("/office/{rest...}", nowhere{room})
	mux.Handle("GET /office/{$}", http.RedirectHandler("/office", http.StatusPermanentRedirect))
	add("/office/mail", page{content: file("mail.html"), kind: html, policy: mailPolicy})
	made, err := files.ReadDir("pages/office")
	if err != nil {
		return fmt.Errorf("list what the office is made of: %w", err)
	}
	for _, f := range made {
		add("/office/"+f.Name(), page{content: file("office/" + f.Name()), kind: officeKinds[path.Ext(f.Name())]})
	}
	return nil
}

// inFrame lets a page of this origin show another one in a frame, which everything else of ours forbids.
func inFrame(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Frame-Options", "SAMEORIGIN")
		next.ServeHTTP(w, r)
	})
}
