module github.com/onlinemart/mart/infra/scaffold/write

go 1.26.0

require knative.dev/func v0.50.1

require (
	github.com/BurntSushi/toml v1.6.0 // indirect
	github.com/go-git/go-billy/v5 v5.8.0 // indirect
	golang.org/x/mod v0.38.0 // indirect
)
