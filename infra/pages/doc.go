// Package pages holds the mart's pages against what people see: a real browser opens each on a phone and on a desk, in the light and in
// the dark.
//
// It is a module of its own, so that what drives the browser stays out of the mart's. It receives and emits no event.
package pages
