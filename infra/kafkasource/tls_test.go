package kafkasource

import (
	"crypto/tls"
	"encoding/pem"
	"net/http/httptest"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
)

func TestRun_withTLS(t *testing.T) {
	t.Parallel()
	certified := httptest.NewTLSServer(nil) // for its certificate of 127.0.0.1
	defer certified.Close()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"), kfake.TLS(&tls.Config{Certificates: certified.TLS.Certificates}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certified.Certificate().Raw})
	f := newFunction(t, nil)
	net := "net: {tls: {enable: true, caCert: {secretKeyRef: {name: k, key: ca.crt}}}}"
	run := start(t, &broker{Cluster: cluster}, sourceYAML("s", []string{"orders"}, f.URL, isUnordered, net), func(o *Options) {
		o.Secrets = func(string, string) (map[string][]byte, error) { return map[string][]byte{"ca.crt": ca}, nil }
	})
	run.stop()
	equal(t, true, cluster.GroupInfo("s") != nil)
}

func TestSecrets_refuse(t *testing.T) {
	t.Parallel()
	ref := func(name, key string) SecretValue { return SecretValue{&SecretKeyRef{Name: name, Key: key}} }
	one := Secrets(func(string, string) (map[string][]byte, error) {
		return map[string][]byte{"user": []byte("u"), "type": []byte("GSSAPI"), "ca": []byte("junk")}, nil
	})
	for name, c := range map[string]struct {
		secrets Secrets
		net     Net
		want    string
	}{
		"no resolver":  {nil, Net{SASL: SASL{Enable: true, User: ref("k", "user")}}, "read secret mart/k: no secrets are configured: set Options.Secrets"},
		"no such key":  {one, Net{SASL: SASL{Enable: true, User: ref("k", "name")}}, `secret mart/k has no key "name": add it`},
		"unknown SASL": {one, Net{SASL: SASL{Enable: true, User: ref("k", "user"), Type: ref("k", "type")}}, `SASL type: "GSSAPI" is no way to log in here: set SCRAM-SHA-512 or PLAIN`},
		"bad CA":       {one, Net{TLS: TLS{Enable: true, CACert: ref("k", "ca")}}, "the CA certificate is not PEM: put a PEM certificate into the secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &KafkaSource{Metadata: Metadata{Namespace: "mart"}, Spec: KafkaSourceSpec{Net: c.net}}
			secret, err := c.secrets.ofSource(s)
			if err == nil {
				err = secret.apply(newConfig("test"))
			}
			equal(t, c.want, text(err))
		})
	}
}
