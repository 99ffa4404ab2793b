package auth

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/onlinemart/mart/functions/internal/web"
)

const formType = "application/x-www-form-urlencoded"

// formInput is a request to an OAuth endpoint. Source: RFC 6749.
type formInput struct {
	RawBody       []byte `contentType:"application/x-www-form-urlencoded"`
	contentType   string
	authorization string
	web.Origin
}

// Resolve reads what huma has no place for.
func (in *formInput) Resolve(c huma.Context) []error {
	in.contentType, in.authorization = c.Header("Content-Type"), c.Header("Authorization")
	return in.Origin.Resolve(c)
}

// form is a parsed body, with the client's id and secret from wherever they were.
type form struct {
	values       url.Values
	clientID     string
	clientSecret string
}

func (f form) get(name string) string { return f.values.Get(name) }

// parse reads the form. Error: invalid_request, as 415 where it is another kind of body; what came twice is refused, as OAuth demands.
func (in *formInput) parse() (form, error) {
	if media, _, err := mime.ParseMediaType(in.contentType); err != nil || media != formType {
		status := http.StatusUnsupportedMediaType
		if in.contentType == "" {
			status = http.StatusBadRequest
		}
		return form{}, refuse(status, invalidRequest, "Send the parameters as "+formType+".")
	}
	values, err := url.ParseQuery(string(in.RawBody))
	if err != nil {
		return form{}, refuse(http.StatusBadRequest, invalidRequest, "The form is not readable.")
	}
	for _, all := range values {
		if len(all) > 1 || !utf8.ValidString(all[0]) || strings.ContainsRune(all[0], 0) {
			return form{}, refuse(http.StatusBadRequest, invalidRequest, "A parameter is there twice, or is no text.")
		}
	}
	f := form{values: values, clientID: values.Get("client_id"), clientSecret: values.Get("client_secret")}
	return f, f.basic(in.authorization)
}

// basic takes the client's credentials from the Authorization header, where each part is form-encoded. Source: RFC 6749 §2.3.1.
func (f *form) basic(authorization string) error {
	if scheme, _, _ := strings.Cut(authorization, " "); authorization == "" || strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	id, secret, ok := (&http.Request{Header: http.Header{"Authorization": {authorization}}}).BasicAuth()
	if !ok {
		return errBadClient
	}
	if f.clientSecret != "" {
		return refuse(http.StatusBadRequest, invalidRequest, "Send the client's secret in one place only.")
	}
	var err error
	if id, err = url.QueryUnescape(id); err != nil {
		return errBadClient
	}
	if secret, err = url.QueryUnescape(secret); err != nil {
		return errBadClient
	}
	if f.clientID != "" && f.clientID != id {
		return refuse(http.StatusBadRequest, invalidRequest, "client_id is another one than in the Authorization header.")
	}
	f.clientID, f.clientSecret = id, secret
	return nil
}

// describe is a form for the API's description.
func describe(required []string, parameters, examples map[string]string) *huma.RequestBody {
	s := &huma.Schema{Type: huma.TypeObject, Required: required, Properties: map[string]*huma.Schema{}}
	for name, doc := range parameters {
		s.Properties[name] = &huma.Schema{Type: huma.TypeString, Description: doc}
		if example := examples[name]; example != "" {
			s.Properties[name].Examples = []any{example}
		}
	}
	if kind := s.Properties["grant_type"]; kind != nil {
		for _, g := range grantTypes {
			kind.Enum = append(kind.Enum, g)
		}
	}
	return &huma.RequestBody{Content: map[string]*huma.MediaType{formType: {Schema: s}}}
}
