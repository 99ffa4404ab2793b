package db

import (
	"time"

	"github.com/onlinemart/mart/functions/internal/domain"
)

// payGrace is how long a customer who has begun to pay at the last moment has to finish.
const payGrace = 10 * time.Minute

// limitsOf is the settings that decisions need.
func limitsOf(c Config) domain.Limits {
	return domain.Limits{
		PayWithin: c.OrderTTL, RemindAfter: c.RemindAfter, PayGrace: min(payGrace, c.OrderTTL), Unpaid: c.OrderLimit, Unproven: c.UnpaidLimit, Held: c.HoldLimit, HeldInAll: c.HoldTotal, HeldAtNetwork: c.HoldNetwork, Declined: c.Declined, DeclinedAtNetwork: c.DeclinedAtNetwork, RegistrationsAtNetwork: c.RegisterNetwork, UnprovenMails: c.UnprovenMails, LowStock: c.LowStock,
		Logins:   domain.LoginTerms{PerPlace: c.PerPlace, Strangers: c.Strangers, Network: c.LoginNetwork},
		CartLife: c.CartLife, CartAbandoned: c.CartAbandoned,
	}
}
