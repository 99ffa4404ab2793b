package auth

import (
	"context"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/domain"
)

// Metadata describes the authorization server. Source: RFC 8414.
type Metadata struct {
	Issuer                string              `json:"issuer"`
	TokenEndpoint         string              `json:"token_endpoint"`
	RevocationEndpoint    string              `json:"revocation_endpoint"`
	IntrospectionEndpoint string              `json:"introspection_endpoint"`
	JWKSURI               string              `json:"jwks_uri"`
	Documentation         string              `json:"service_documentation"`
	Grants                []string            `json:"grant_types_supported" nullable:"false"`
	Responses             []string            `json:"response_types_supported" nullable:"false" doc:"None: there is no authorization endpoint."`
	Scopes                []events.Permission `json:"scopes_supported" nullable:"false"`
	TokenAuth             []string            `json:"token_endpoint_auth_methods_supported" nullable:"false"`
	RevocationAuth        []string            `json:"revocation_endpoint_auth_methods_supported" nullable:"false"`
	IntrospectionAuth     []string            `json:"introspection_endpoint_auth_methods_supported" nullable:"false"`
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
