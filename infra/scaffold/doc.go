// Package scaffold proves that Knative's func can build and run the project as it is.
//
// It owns nothing that runs in production. Its tests write the program that `func` writes around a Go function, build it with
// the real func-go, start it as one of the functions and stop it; and they hold func.yaml and .funcignore against func's rules.
// It is a module of its own so that func-go stays out of the product's.
package scaffold
