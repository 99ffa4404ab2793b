package main

import (
	"runtime/debug"
	"strings"
)

// version is what this program was built from, as far as the build has noted it.
func version(info *debug.BuildInfo, known bool) string {
	if !known {
		return "mart, of an unknown build"
	}
	noted := map[string]string{}
	for _, s := range info.Settings {
		noted[s.Key] = s.Value
	}
	words := []string{"mart", info.Main.Version}
	if revision := noted["vcs.revision"]; revision != "" {
		words = append(words, "revision", revision)
		if noted["vcs.modified"] == "true" {
			words = append(words, "(and changes)")
		}
		words = append(words, "of", noted["vcs.time"])
	}
	return strings.Join(append(words, "built with", info.GoVersion), " ")
}
