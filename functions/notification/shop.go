package notification

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // an image may have no time zones

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Shop is what mails say of the shop.
type Shop struct {
	Name     string          `env:"SHOP_NAME, default=Mart" doc:"The shop's name, in mails."`
	Logo     string          `env:"SHOP_LOGO_URL" doc:"The https address of a picture that mails show in the place of the name, 40 pixels high; none: the name."`
	Language events.Language `env:"MAIL_LANGUAGE, default=en" doc:"The language of mails to staff, and to customers who have chosen none: en or de."`
	Zone     string          `env:"SHOP_TIME_ZONE, default=UTC" doc:"The time zone of dates in mails, such as Europe/Berlin."`
}

// mostName is how long a shop's name may be, in characters: it is in the subject of mails.
const mostName = 60

// Check says whether a mail can be written with them.
func (s Shop) Check() error {
	var faults []error
	if name := oneLine(s.Name); strings.TrimSpace(name) == "" || name != s.Name || len([]rune(name)) > mostName {
		faults = append(faults, fmt.Errorf("SHOP_NAME is %q: set it to one line of at most %d characters", s.Name, mostName))
	}
	if s.Logo != "" && !domain.Link(s.Logo, "https") {
		faults = append(faults, fmt.Errorf("SHOP_LOGO_URL is %q: set it to the https address of a picture, or leave it away", s.Logo))
	}
	if !slices.Contains(languages(), s.Language) {
		faults = append(faults, fmt.Errorf("MAIL_LANGUAGE is %q: set it to one of %v", s.Language, languages()))
	}
	if _, err := s.location(); err != nil {
		faults = append(faults, fmt.Errorf("SHOP_TIME_ZONE is %q: set it to a name of the IANA time zone database, such as Europe/Berlin", s.Zone))
	}
	return errors.Join(faults...)
}

func (s Shop) location() (*time.Location, error) { return time.LoadLocation(s.Zone) }
