// Package e2e is the one end-to-end suite: it knows a mart by its address and judges it from outside.
//
//	MART_E2E_URL, MART_E2E_MAIL    the mart and its inbox; without them the suite starts a mart itself
//	MART_OWNER_EMAIL, MART_OWNER_PASSWORD    its owner, with MART_E2E_URL
//	MART_E2E_PAYMENTS              its test payment gateway, to read the ledger; optional
//	MART_E2E_KAFKA, MART_E2E_POSTGRES        real ones for the marts that it starts itself
//	MART_E2E_FULL=1                the storms in full length
//
// Tests of a purchase are parallel and share one mart. Storms need a mart of their own, and processes to kill, so they run one
// after the other, before; they are left out when MART_E2E_URL is set.
package e2e
