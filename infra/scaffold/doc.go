// Package scaffold proves that Knative's func can build and run the project as it is.
//
// It owns nothing that runs in production. Its tests have func's own code write its module around the project (write), build that as
// func and as a buildpack do, start the program as one of the functions and stop it; and they hold func.yaml and .funcignore against
// func's rules. It is a module of its own so that func-go stays out of the product's.
package scaffold
