package kafkasource

import (
	"errors"
	"fmt"
	"strings"
)

// Secrets returns the keys of a secret. It is asked once, at start.
type Secrets func(namespace, name string) (map[string][]byte, error)

func (f Secrets) get(namespace, name string) (map[string][]byte, error) {
	if f == nil {
		return nil, errors.New("no secrets are configured: set Options.Secrets")
	}
	return f(namespace, name)
}

func (f Secrets) value(namespace string, v SecretValue, into *[]byte) error {
	ref := v.SecretKeyRef
	if ref == nil {
		return nil
	}
	keys, err := f.get(namespace, ref.Name)
	if err != nil {
		return fmt.Errorf("read secret %s/%s: %w", namespace, ref.Name, err)
	}
	value, found := keys[ref.Key]
	if !found && !ref.Optional {
		return fmt.Errorf("secret %s/%s has no key %q: add it", namespace, ref.Name, ref.Key)
	}
	*into = value
	return nil
}

// ofSource reads what spec.net points to.
func (f Secrets) ofSource(s *KafkaSource) (credentials, error) {
	n := s.Spec.Net
	c := credentials{tls: n.TLS.Enable, sasl: n.SASL.Enable}
	var user, password, mechanism []byte
	for _, part := range []struct {
		wanted bool
		from   SecretValue
		into   *[]byte
	}{
		{c.tls, n.TLS.CACert, &c.ca},
		{c.tls, n.TLS.Cert, &c.cert},
		{c.tls, n.TLS.Key, &c.key},
		{c.sasl, n.SASL.User, &user},
		{c.sasl, n.SASL.Password, &password},
		{c.sasl, n.SASL.Type, &mechanism},
	} {
		if !part.wanted {
			continue
		}
		if err := f.value(s.Metadata.Namespace, part.from, part.into); err != nil {
			return credentials{}, err
		}
	}
	c.user, c.password, c.mechanism = string(user), string(password), string(mechanism)
	return c, nil
}

// ofSink reads the secret of spec.auth in Knative's form: protocol, sasl.mechanism, user, password,
// ca.crt, user.crt, user.key.
func (f Secrets) ofSink(s *KafkaSink) (credentials, error) {
	if s.Spec.Auth == nil || s.Spec.Auth.Secret.Ref.Name == "" {
		return credentials{}, nil
	}
	name := s.Spec.Auth.Secret.Ref.Name
	keys, err := f.get(s.Metadata.Namespace, name)
	if err != nil {
		return credentials{}, fmt.Errorf("read secret %s/%s: %w", s.Metadata.Namespace, name, err)
	}
	protocol := string(keys["protocol"])
	if protocol == "" {
		return credentials{}, fmt.Errorf("secret %s/%s has no key \"protocol\": set PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL", s.Metadata.Namespace, name)
	}
	return credentials{
		tls:       strings.HasSuffix(protocol, "SSL"),
		sasl:      strings.HasPrefix(protocol, "SASL"),
		mechanism: string(keys["sasl.mechanism"]),
		user:      string(keys["user"]),
		password:  string(keys["password"]),
		ca:        keys["ca.crt"],
		cert:      keys["user.crt"],
		key:       keys["user.key"],
	}, nil
}
