#!/usr/bin/env bash
# Prints the Secrets that the manifests refer to, with new random values, for `kubectl apply -f -`. Run it once per cluster and keep
# what it prints where you keep secrets: never in git. Running it again makes other keys, with which old events cannot be read.
#
#   infra/knative/secrets.sh kind       | kubectl apply -f -    everything is random; Kafka takes anybody
#   infra/knative/secrets.sh testing    | kubectl apply -f -    as kind, but the database is yours: DATABASE_URL, DATABASE_OWNER_URL
#   infra/knative/secrets.sh production | kubectl apply -f -    what others have given you comes from settings:
#     DATABASE_URL, DATABASE_OWNER_URL, KAFKA_USER, KAFKA_PASSWORD, KAFKA_CA_FILE, PAYMENT_PROVIDER_KEY,
#     PAYMENT_WEBHOOK_SECRET, SMTP_USER, SMTP_PASSWORD, OWNER_EMAIL, OWNER_PASSWORD
#
# Settings for all: NAMESPACE (mart), OWNER_EMAIL (owner@example.com), OWNER_PASSWORD (random; shown on the terminal).
set -euo pipefail

namespace=${NAMESPACE:-mart}

main() {
  [[ $# -eq 1 && ( $1 == kind || $1 == testing || $1 == production ) ]] || { sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }
  command -v kubectl >/dev/null || die "kubectl is missing: install it"
  "$1"
}

die() { printf 'secrets: %s\n' "$*" >&2; exit 1; }

# word is a password that needs no quoting in a URL.
word() { openssl rand -hex 24; }
ring() { printf '%s1:%s' "$1" "$(openssl rand -base64 32)"; }

# secret NAME KEY=VALUE… ; values go by files, so that no other process can read them from the list of processes.
secret() {
  local name=$1 folder pair arguments=()
  shift
  folder=$(mktemp -d)
  for pair in "$@"; do
    (umask 077 && printf '%s' "${pair#*=}" >"$folder/${pair%%=*}")
    arguments+=("--from-file=$folder/${pair%%=*}")
  done
  printf -- '---\n'
  kubectl create secret generic "$name" --namespace "$namespace" --dry-run=client -o yaml "${arguments[@]}"
  rm -rf "$folder"
}

own() {
  local password=${OWNER_PASSWORD:-}
  if [[ -z $password ]]; then
    password=$(word)
    printf 'secrets: the first owner is %s with password %s\n' "${OWNER_EMAIL:-owner@example.com}" "$password" >&2
  fi
  secret mart-events "seal-keys=$(ring s)" "personal-keys=$(ring p)"
  secret mart-tokens "keys=$(ring t)"
  secret mart-metrics "token=$(word)"
  secret mart-owner "email=${OWNER_EMAIL:-owner@example.com}" "password=$password"
}

kind() {
  local owner app host=postgres.$namespace.svc.cluster.local
  owner=$(word) app=$(word)
  own
  secret mart-payment "key=sk_test_$(word)" "webhook-secret=whsec_$(word)"
  secret mart-postgres "password=$(word)" "owner-password=$owner" "app-password=$app"
  secret mart-database "url=postgres://mart:$app@$host:5432/mart" "owner-url=postgres://mart_owner:$owner@$host:5432/mart"
}

given() {
  local name missing=()
  for name in "$@"; do
    [[ -n ${!name:-} ]] || missing+=("$name")
  done
  [[ ${#missing[@]} -eq 0 ]] || die "not set: ${missing[*]}; see the head of this script"
}

testing() {
  given DATABASE_URL DATABASE_OWNER_URL
  own
  secret mart-payment "key=sk_test_$(word)" "webhook-secret=whsec_$(word)"
  secret mart-database "url=$DATABASE_URL" "owner-url=$DATABASE_OWNER_URL"
}

production() {
  given DATABASE_URL DATABASE_OWNER_URL KAFKA_USER KAFKA_PASSWORD KAFKA_CA_FILE PAYMENT_PROVIDER_KEY PAYMENT_WEBHOOK_SECRET \
    SMTP_USER SMTP_PASSWORD
  own
  secret mart-payment "key=$PAYMENT_PROVIDER_KEY" "webhook-secret=$PAYMENT_WEBHOOK_SECRET"
  secret mart-database "url=$DATABASE_URL" "owner-url=$DATABASE_OWNER_URL"
  secret mart-mail "user=$SMTP_USER" "password=$SMTP_PASSWORD"
  secret mart-kafka "protocol=SASL_SSL" "sasl.mechanism=SCRAM-SHA-512" "user=$KAFKA_USER" "password=$KAFKA_PASSWORD" \
    "ca.crt=$(cat "$KAFKA_CA_FILE")"
}

main "$@"
