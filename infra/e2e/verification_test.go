package e2e

import (
	"net/http"
	"testing"

	"github.com/onlinemart/mart/infra/client"
)

// Who registers is sent one mail, whose link confirms the address once; another link is sent on request, and makes the first worthless.
func TestEmailIsVerified(t *testing.T) {
	t.Parallel()
	m, ctx := theMart(t)
	redeem := func(token string) client.Answer {
		t.Helper()
		return send(ctx, t, m.api, http.MethodPost, "/email-verifications/redemption", map[string]string{"token": token})
	}
	me := func(b buyer) (c struct{ EmailVerified bool }) {
		t.Helper()
		c, err := client.Get[struct{ EmailVerified bool }](ctx, b.Client, "/customers/me")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	const welcome, link = "Welcome to Mart", "Confirm your e-mail address"
	ann, bob := m.buyer(ctx, t), m.buyer(ctx, t)
	anns := m.linkIn(ctx, t, ann.email, welcome, "verify-email", map[string]bool{})
	if me(ann).EmailVerified {
		t.Error("nobody has followed the link")
	}
	if a := redeem(anns); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	if !me(ann).EmailVerified {
		t.Error("the address is not confirmed")
	}
	refused(t, redeem(anns), nil, http.StatusConflict, "verification_closed")
	refused(t, send(ctx, t, ann.Client, http.MethodPost, "/email-verifications", nil), nil, http.StatusConflict, "already_verified")

	first := m.linkIn(ctx, t, bob.email, welcome, "verify-email", map[string]bool{})
	if a := send(ctx, t, bob.Client, http.MethodPost, "/email-verifications", nil); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	second := m.linkIn(ctx, t, bob.email, link, "verify-email", map[string]bool{})
	for _, wrong := range []string{"nonsense", first, second[:60]} {
		refused(t, redeem(wrong), nil, http.StatusConflict, "verification_closed")
	}
	if a := redeem(second); a.Status != http.StatusNoContent || !me(bob).EmailVerified {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	for email, links := range map[string]int{ann.email: 0, bob.email: 1} {
		m.oneMailEach(ctx, t, email, welcome, 1)
		m.oneMailEach(ctx, t, email, link, links)
	}
}
