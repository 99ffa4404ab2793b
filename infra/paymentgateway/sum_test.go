package paymentgateway

import "testing"

func TestFormatted(t *testing.T) {
	t.Parallel()
	for want, sum := range map[string]struct {
		amount int64
		code   string
	}{
		"€12.50": {1250, "eur"}, "$1,999.00": {199900, "usd"}, "£0.05": {5, "gbp"}, "¥1,990": {1990, "jpy"}, "KWD\u00a01.250": {1250, "kwd"},
		"ISK\u00a01,990": {199000, "isk"}, "MGA\u00a05,000.00": {5000, "mga"}, "12 QQQ": {12, "qqq"},
	} {
		if got := formatted(sum.amount, sum.code); got != want {
			t.Errorf("%d %s is %q, want %q", sum.amount, sum.code, got, want)
		}
	}
}
