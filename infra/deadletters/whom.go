package deadletters

import (
	"cmp"
	"os"
	"os/user"
)

// operator is who does something about letters, as the marks say it.
type operator struct {
	As string `placeholder:"NAME" help:"Who does it, as the marks will say. Default: whoever is logged in here, and where."`
}

// name is what was said, else the user and the machine.
func (o operator) name() string {
	if o.As != "" {
		return o.As
	}
	who := "somebody"
	if u, err := user.Current(); err == nil {
		who = cmp.Or(u.Username, u.Uid)
	}
	if host, err := os.Hostname(); err == nil && host != "" {
		who += "@" + host
	}
	return who
}
