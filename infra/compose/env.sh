#!/usr/bin/env bash
# Writes .env beside docker-compose.yml: new random secrets, and the first owner of the back office. Run it once; it leaves an .env
# that is there alone, for the data in the volumes needs its keys.
#
#   infra/compose/env.sh [FILE]
#
# Settings: OWNER_EMAIL (owner@example.com), OWNER_PASSWORD (random).
set -euo pipefail

file=${1:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/.env}
if [[ $# -gt 1 || ${1:-} == -* ]]; then
  sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
fi
word() { openssl rand -hex 24; }
ring() { printf '%s1:%s' "$1" "$(openssl rand -base64 32)"; }

command -v openssl >/dev/null || { echo "env: openssl is missing: install it" >&2; exit 1; }
if [[ -e $file ]]; then
  echo "env: $file is there already; it was left as it is" >&2
  exit 0
fi
umask 077
cat >"$file" <<SETTINGS
EVENT_SEAL_KEYS='$(ring s)'
EVENT_PERSONAL_KEYS='$(ring p)'
TOKEN_KEYS='$(ring t)'
METRICS_TOKEN='$(word)'
POSTGRES_PASSWORD='$(word)'
DATABASE_PASSWORD='$(word)'
DATABASE_OWNER_PASSWORD='$(word)'
PAYMENT_PROVIDER_KEY='sk_test_$(word)'
PAYMENT_WEBHOOK_SECRET='whsec_$(word)'
OWNER_EMAIL='${OWNER_EMAIL:-owner@example.com}'
OWNER_PASSWORD='${OWNER_PASSWORD:-$(word)}'
SETTINGS
echo "env: wrote $file; the first owner's address and password are in it" >&2
