package settings

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// near is how many letters a name may differ from a setting's to be taken for a slip.
const near = 2

// shortest is the length from which on two names that near are hardly both meant.
const shortest = 6

// serviceLink is what Kubernetes puts into every pod for each Service beside it, such as DB_PORT_80_TCP_ADDR.
var serviceLink = regexp.MustCompile(`_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_\d+_(TCP|UDP)(_PROTO|_PORT|_ADDR)?)$`)

// Unread finds, among the names of an environment, those that look like settings of this program and that no program of the mart reads:
// what begins like one of own, or is but a slip away from one. Each comes with what to do. All else is none of our business.
func Unread(names []string, own, all []Setting) (warnings []string) {
	known, families := map[string]bool{}, map[string]bool{}
	for _, s := range all {
		known[s.Name] = true
	}
	for _, s := range own {
		known[s.Name] = true
		if family, _, has := strings.Cut(s.Name, "_"); has && family != "MART" { // the mart command has more of these
			families[family] = true
		}
	}
	for _, name := range slices.Sorted(slices.Values(names)) {
		if known[name] || serviceLink.MatchString(name) {
			continue
		}
		family, _, has := strings.Cut(name, "_")
		switch meant := nearest(name, own); {
		case meant != "":
			warnings = append(warnings, fmt.Sprintf("%s is set, and nobody reads it: is %s meant?", name, meant))
		case has && families[family]:
			warnings = append(warnings, fmt.Sprintf("%s is set, and nobody reads it: the settings of that kind are %s", name, strings.Join(kin(family, own), ", ")))
		}
	}
	return warnings
}

// nearest is the setting that a name is a slip of, or "".
func nearest(name string, own []Setting) (meant string) {
	best := near + 1
	for _, s := range own {
		if d := levenshtein.ComputeDistance(name, s.Name); d < best && min(len(name), len(s.Name)) >= shortest {
			best, meant = d, s.Name
		}
	}
	return meant
}

func kin(family string, own []Setting) []string {
	names := map[string]bool{}
	for _, s := range own {
		if strings.HasPrefix(s.Name, family+"_") {
			names[s.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
