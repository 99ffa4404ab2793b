package kube

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// account is where a pod finds its ServiceAccount.
const account = "/var/run/secrets/kubernetes.io/serviceaccount"

// Client speaks to the API server as a ServiceAccount.
type Client struct {
	Namespace string
	address   string // the API server's origin
	tokenFile string // read for each request: the kubelet renews it
	http      *http.Client
}

// InCluster is the client of the pod that this process runs in. Error: this is no pod, or it has no token.
func InCluster() (Client, error) {
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return Client{}, errors.New("this is no pod: name YAML files instead of `cluster`")
	}
	return newClient("https://"+net.JoinHostPort(host, port), account)
}

func newClient(address, folder string) (Client, error) {
	ca, err := os.ReadFile(filepath.Join(folder, "ca.crt"))
	if err != nil {
		return Client{}, fmt.Errorf("read the API server's certificate (set automountServiceAccountToken): %w", err)
	}
	namespace, err := os.ReadFile(filepath.Join(folder, "namespace"))
	if err != nil {
		return Client{}, fmt.Errorf("read the pod's namespace: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return Client{}, fmt.Errorf("%s/ca.crt holds no certificate", folder)
	}
	return Client{
		Namespace: strings.TrimSpace(string(namespace)), address: address, tokenFile: filepath.Join(folder, "token"),
		http: &http.Client{Transport: &http.Transport{
			DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
			TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			ResponseHeaderTimeout: 30 * time.Second,
			ForceAttemptHTTP2:     true,
		}},
	}, nil
}

// send is one request to a path of the API; the caller closes the answer's body.
func (c Client) send(ctx context.Context, method, path, kind string, body []byte) (*http.Response, error) {
	token, err := os.ReadFile(c.tokenFile)
	if err != nil {
		return nil, fmt.Errorf("read the account's token: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.address+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	request.Header.Set("Accept", "application/json")
	if kind != "" {
		request.Header.Set("Content-Type", kind)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the API server: %w", err)
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(io.LimitReader(response.Body, 2048))
		if err != nil {
			text = []byte(err.Error())
		}
		return nil, fmt.Errorf("%s %s: the API server answered %s: %s", method, path, response.Status, text)
	}
	return response, nil
}

func (c Client) get(ctx context.Context, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	response, err := c.send(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("read the API server's answer to %s: %w", path, err)
	}
	return nil
}

// Secret is the values of a Secret in the pod's namespace.
func (c Client) Secret(ctx context.Context, name string) (map[string][]byte, error) {
	var secret struct {
		Data map[string][]byte `json:"data"`
	}
	err := c.get(ctx, "/api/v1/namespaces/"+c.Namespace+"/secrets/"+name, &secret)
	return secret.Data, err
}

// patchStatus merges a status into an object.
func (c Client) patchStatus(ctx context.Context, path string, status any) error {
	body, err := json.Marshal(map[string]any{"status": status})
	if err != nil {
		return fmt.Errorf("write a status: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	response, err := c.send(ctx, http.MethodPatch, path+"/status", "application/merge-patch+json", body)
	if err != nil {
		return err
	}
	return response.Body.Close()
}
