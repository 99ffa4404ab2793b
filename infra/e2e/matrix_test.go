package e2e

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/onlinemart/mart/infra/client"
)

// matrix says of every route of the document who is let in: a list that a person has read, and not what the routes say of themselves.
const matrix = "testdata/access.txt"

var update = flag.Bool("update", false, "write "+matrix+" as it is now, to be read before it is kept")

// Whoever is not in the list is turned away, before anything is said about what was asked; whoever is in it is not.
func TestEveryRoleAtEveryRoute(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	roles := []struct {
		name string
		client.Client
	}{{"anyone", m.api}, {"guest", m.guest(ctx, t)}, {"customer", m.buyer(ctx, t).Client}}
	for _, role := range []string{"viewer", "support", "orders", "catalog", "owner"} {
		c, _, _ := m.staff(ctx, t, role)
		roles = append(roles, struct {
			name string
			client.Client
		}{role, c})
	}
	var lines []string
	for _, o := range parseDocument(t, send(ctx, t, m.api, http.MethodGet, "/openapi.json", nil).Body).operations {
		line := fmt.Sprintf("%-6s %-45s", o.method, o.path)
		for _, r := range roles {
			if entered(ctx, t, o, r.Client, r.name) {
				line += " " + r.name
			}
		}
		lines = append(lines, strings.TrimSpace(line))
	}
	if *update {
		if err := os.WriteFile(matrix, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(matrix)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(strings.TrimSpace(string(want)), "\n"), lines); d != "" {
		t.Errorf("who is let in is not as %s has it (-want +got):\n%s\nIf it is meant to be so: go test ./infra/e2e -run TestEveryRole -update", matrix, d)
	}
}

// guest is somebody who has bought something without an account.
func (m mart) guest(ctx context.Context, t *testing.T) client.Client {
	t.Helper()
	guest, _, err := m.api.OrderAsGuest(ctx, guestCalled("Gil"), client.Line{ProductID: m.product(ctx, t, 1).ID, Quantity: 1})
	if err != nil {
		t.Fatal(err)
	}
	return guest
}

// staff is a new member of staff in a role, logged in.
func (m mart) staff(ctx context.Context, t *testing.T, role string) (c client.Client, id, email string) {
	t.Helper()
	email = unique(role) + "@example.com"
	user, err := client.Post[client.Meta](ctx, m.owner, "/users", map[string]any{"email": email, "name": role, "roles": []string{role}, "password": passphrase})
	if err != nil {
		t.Fatal(err)
	}
	if c, err = m.api.Enter(ctx, client.Backoffice, email, passphrase); err != nil {
		t.Fatal(err)
	}
	return c, user.ID, email
}

// entered asks for nothing that there is, with nothing in it, of a guest but that they are one: who may ask is told so, who may not is turned away.
func entered(ctx context.Context, t *testing.T, o operation, c client.Client, who string) bool {
	t.Helper()
	parts := strings.Split(o.path, "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			parts[i] = uuid.NewString()
		}
	}
	var body any
	if o.method != http.MethodGet && o.method != http.MethodDelete {
		body = map[string]any{}
		if who == "guest" {
			body = map[string]any{"guest": map[string]any{}}
		}
	}
	a := send(ctx, t, c, o.method, strings.Join(parts, "/"), body)
	if a.Status >= http.StatusInternalServerError {
		t.Errorf("%s %s by %s: %d %s", o.method, o.path, who, a.Status, a.Body)
	}
	away := http.StatusForbidden
	if who == "anyone" || who == "guest" {
		away = http.StatusUnauthorized
	}
	return a.Status != away || o.path == "/oauth/introspect" // where a program's secret is missing, not a person's
}
