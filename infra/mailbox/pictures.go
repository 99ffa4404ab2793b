package mailbox

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// placeholder is drawn where a mail has a picture that is not fetched: a plain field of the size that the mail gives it.
var placeholder = "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(
	`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" preserveAspectRatio="none"><path fill="#8a8f98" fill-opacity=".25" d="M0 0h8v8H0z"/></svg>`))

// origins are those of the mart's own pictures. A mail's others are not fetched: whoever has sent it would learn that it was opened, and from where.
func origins(addresses []string) ([]string, error) {
	var found []string
	for _, address := range addresses {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.ContainsAny(u.Host, `;,'" `) {
			return nil, fmt.Errorf("mailbox: %q has no pictures to show: name the mart's own address, such as http://127.0.0.1:8080", address)
		}
		if at := u.Scheme + "://" + u.Host; !slices.Contains(found, at) {
			found = append(found, at)
		}
	}
	return found, nil
}

// withPlaceholders is a mail's HTML as it came, but for the pictures from elsewhere than these origins: the policy keeps a browser from fetching
// them, which it would show as broken.
func withPlaceholders(page string, from []string) string {
	var out strings.Builder
	for z := html.NewTokenizer(strings.NewReader(page)); z.Next() != html.ErrorToken; {
		raw := string(z.Raw()) // before its parts are read, which are written over it
		tag := z.Token()
		if (tag.Type == html.StartTagToken || tag.Type == html.SelfClosingTagToken) && tag.Data == "img" {
			raw = image(raw, tag, from)
		}
		out.WriteString(raw)
	}
	return out.String()
}

// image is an img tag as it came, or with the placeholder, which says on a pointer what is not shown.
func image(raw string, tag html.Token, from []string) string {
	i := slices.IndexFunc(tag.Attr, func(a html.Attribute) bool { return a.Key == "src" })
	if i >= 0 && shows(tag.Attr[i].Val, from) {
		return raw
	}
	title := "This picture is not fetched"
	if i >= 0 {
		title += ": " + tag.Attr[i].Val
	}
	tag.Attr = slices.DeleteFunc(tag.Attr, func(a html.Attribute) bool { return slices.Contains([]string{"src", "srcset", "title"}, a.Key) })
	tag.Attr = append(tag.Attr, html.Attribute{Key: "src", Val: placeholder}, html.Attribute{Key: "title", Val: title})
	return tag.String()
}

// shows tells whether the policy lets a browser show what is at this address.
func shows(address string, from []string) bool {
	u, err := url.Parse(strings.TrimSpace(address))
	return err == nil && (u.Scheme == "data" || slices.Contains(from, u.Scheme+"://"+u.Host))
}
