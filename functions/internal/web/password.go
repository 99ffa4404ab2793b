package web

import (
	"fmt"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// DescribePassword describes the member of a body in which somebody chooses a password. No message declares its limits, because only its
// hash travels: they are those of the domain's rule.
func DescribePassword(member *huma.Schema) {
	member.Format, member.WriteOnly = "password", true
	member.MinLength, member.MaxLength = new(domain.MinPassword), new(domain.MaxPassword)
	member.Description = fmt.Sprintf("%d to %d characters, and none of the first that are guessed.", domain.MinPassword, domain.MaxPassword)
	member.PrecomputeMessages()
}
