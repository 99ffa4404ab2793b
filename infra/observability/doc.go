// Package observability holds what a Prometheus and a Grafana need to look after a mart: alerts, a board, and where to look. It has no code; its tests load
// the rules by Prometheus' own parser, raise each alert once, and hold every name against what a mart really shows. README.md says how it is used.
package observability
