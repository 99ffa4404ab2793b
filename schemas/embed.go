// Package schemas holds what the mart promises, generated from the declarations in events and from the routes of the functions: the
// public API as OpenAPI, the messages as AsyncAPI, a JSON Schema (2020-12) per message. `make generate` rewrites the files and a
// test fails when they are not what the declarations say. The gateway serves them.
package schemas

import "embed"

// Messages holds the schema of every message, <type>.json, and of every answer to a query, <type>.answer.json.
//
//go:embed com.onlinemart.*.json
var Messages embed.FS

// OpenAPIJSON is openapi.json.
//
//go:embed openapi.json
var OpenAPIJSON []byte

// OpenAPIYAML is openapi.yaml.
//
//go:embed openapi.yaml
var OpenAPIYAML []byte

// AsyncAPIYAML is asyncapi.yaml.
//
//go:embed asyncapi.yaml
var AsyncAPIYAML []byte
