package auth

import (
	"context"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Metadata describes the authorization server. Source: RFC 8414.
type Metadata struct {
	Issuer                string              `json:"issuer" doc:"The mart's origin, which tokens name as iss." example:"http://localhost:8080"`
	TokenEndpoint         string              `json:"token_endpoint" doc:"Where tokens are had." example:"http://localhost:8080/oauth/token"`
	RevocationEndpoint    string              `json:"revocation_endpoint" doc:"Where log-ins are ended." example:"http://localhost:8080/oauth/revoke"`
	IntrospectionEndpoint string              `json:"introspection_endpoint" doc:"Where programs ask what a token says." example:"http://localhost:8080/oauth/introspect"`
	JWKSURI               string              `json:"jwks_uri" doc:"Where the keys are." example:"http://localhost:8080/.well-known/jwks.json"`
	Documentation         string              `json:"service_documentation" doc:"Where people read about it." example:"http://localhost:8080/docs"`
	Grants                []string            `json:"grant_types_supported" nullable:"false" doc:"What a token can be had for." example:"password,refresh_token,client_credentials"`
	Responses             []string            `json:"response_types_supported" nullable:"false" doc:"None: there is no authorization endpoint." example:"[]"`
	Scopes                []events.Permission `json:"scopes_supported" nullable:"false" doc:"Every permission that there is." example:"[\"catalog:write\",\"shop\"]"`
	TokenAuth             []string            `json:"token_endpoint_auth_methods_supported" nullable:"false" doc:"How a program may prove itself there; people's clients need not." example:"none,client_secret_basic,client_secret_post"`
	RevocationAuth        []string            `json:"revocation_endpoint_auth_methods_supported" nullable:"false" doc:"None: whoever has the token may end its log-in." example:"[\"none\"]"`
	IntrospectionAuth     []string            `json:"introspection_endpoint_auth_methods_supported" nullable:"false" doc:"How a program proves itself there." example:"client_secret_basic,client_secret_post"`
}

func (a *authority) metadata(context.Context, *nothing) (*published[Metadata], error) {
	return &published[Metadata]{CacheControl: known, Body: Metadata{
		Issuer: a.Issuer, TokenEndpoint: a.Issuer + "/oauth/token", RevocationEndpoint: a.Issuer + "/oauth/revoke",
		IntrospectionEndpoint: a.Issuer + "/oauth/introspect", JWKSURI: a.Issuer + "/.well-known/jwks.json", Documentation: a.Issuer + "/docs",
		Grants: grantTypes, Responses: []string{},
		Scopes:         append(domain.Scopes(domain.Roles()), events.Shop),
		TokenAuth:      []string{"none", "client_secret_basic", "client_secret_post"},
		RevocationAuth: []string{"none"}, IntrospectionAuth: []string{"client_secret_basic", "client_secret_post"},
	}}, nil
}
