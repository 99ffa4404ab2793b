// Package e2e is the one end-to-end suite: it knows a mart by its address and judges it from outside.
//
//	MART_E2E_URL, MART_E2E_MAIL    the mart and its inbox; without them the suite starts a mart itself
//	MART_E2E_CONNECT               host:port to connect to instead of what MART_E2E_URL resolves to: a cluster's ingress; optional
//	MART_OWNER_EMAIL, MART_OWNER_PASSWORD    its owner, with MART_E2E_URL
//	MART_E2E_PAYMENTS              its test payment gateway, to read the ledger; optional
//	MART_E2E_CLUSTER               the mart's namespace in the cluster that kubectl speaks to: its pods are then deleted; optional
//	MART_E2E_COMPOSE               compose's project that the mart's containers are of: they are then made to crash; optional
//	MART_E2E_KAFKA, MART_E2E_POSTGRES        real ones for the marts that it starts itself
//	MART_E2E_KAFKA_DIR             the folder of infra/kafka/real.sh, whose broker the storms may kill; without it they leave it alone
//	MART_E2E_FULL=1                the storms in full length
//	MART_E2E_RELEASE               the commit of a release to upgrade from, or last: its program is built from the history
//	MART_E2E_LOG                   how much the functions log: debug, info, warn or error (the default)
//
// MART_E2E_POSTGRES must be a superuser's, who can crash the server. Servers may be used again and again, by one suite at a time: each
// mart has a database of its own, and starts behind what others have left in the topics.
//
// Tests of a purchase are parallel and share one mart. Storms need a mart of their own, and processes to kill, so they run one
// after the other, before; they are left out when MART_E2E_URL is set. infra/README.md has the command for each shape of a mart.
// The rolling upgrade builds its two releases with the go command.
package e2e
