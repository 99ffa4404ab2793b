#!/usr/bin/env bash
# Deploys the mart to a cluster that has Knative, with a Kafka and a Postgres that its pods reach, and runs the end-to-end suite and
# the cluster's own checks against it, one request after the other.
#
#   infra/knative/e2e.sh            up, then test
#   infra/knative/e2e.sh up         secrets (once), manifests, and waits until all Services are ready
#   infra/knative/e2e.sh test       the suite against what is up; arguments go to `go test`, such as -run TestPurchase
#   infra/knative/e2e.sh down       deletes the namespace and all that is in it
#   infra/knative/e2e.sh overlay DIR   writes only the overlay into DIR, a new folder below infra/knative
#
# Settings: KUBECONFIG as kubectl has it, and
#   MART_IMAGE, MART_TOOLS_IMAGE   what infra/image/Dockerfile makes (--target tools for the second), name:tag or name@digest
#   MART_KAFKA                     host:port[,host:port] as pods reach it
#   DATABASE_URL, DATABASE_OWNER_URL   the two roles of infra/postgres/roles.sh, as pods reach them (for `up`, the first time)
#   MART_INGRESS                   host:port at which the cluster's ingress is reached from here
#   MART_DOMAIN                    the name of the gateway's DomainMapping (mart.example.com); nobody has to resolve it
#   MART_KAFKASOURCE               deployment: infra/kafkasource delivers, by the same objects; knative: the cluster's data plane does
#                                  (default: knative where it is installed)
#   MART_E2E_SLOW=0                leaves out the purchases with deleted pods and with everything asleep
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
here=$root/infra/knative
domain=${MART_DOMAIN:-mart.example.com}
owner=owner@example.com

die() { printf 'e2e-knative: %s\n' "$*" >&2; exit 1; }
step() { printf '\n== %s\n' "$*" >&2; }
need() { local name; for name in "$@"; do [[ -n ${!name:-} ]] || die "$name is not set: see the head of infra/knative/e2e.sh"; done; }

# deliverer is who delivers what is in Kafka.
deliverer() {
  if [[ -n ${MART_KAFKASOURCE:-} ]]; then
    [[ $MART_KAFKASOURCE == deployment || $MART_KAFKASOURCE == knative ]] || die "MART_KAFKASOURCE is deployment or knative, not $MART_KAFKASOURCE"
    printf '%s' "$MART_KAFKASOURCE"
  elif kubectl get statefulset kafka-source-dispatcher -n knative-eventing >/dev/null 2>&1; then
    printf knative
  else
    printf deployment
  fi
}

# image NAME REFERENCE prints a kustomize entry.
image() {
  printf '  - name: %s\n    newName: %s\n' "$1" "$(sed -E 's/(@sha256:[0-9a-f]+|:[^:\/]+)$//' <<<"$2")"
  if [[ $2 == *@* ]]; then printf '    digest: %s\n' "${2#*@}"; else printf '    newTag: "%s"\n' "${2##*:}"; fi
}

overlay() {
  need MART_IMAGE MART_TOOLS_IMAGE MART_KAFKA
  local brokers
  brokers=$(sed 's/[^,][^,]*/"&"/g' <<<"$MART_KAFKA")
  mkdir -p "$1"
  sed "s/name: mart\.example\.com/name: $domain/" "$here/overlays/production/domain.yaml" >"$1/domain.yaml"
  cat >"$1/kustomization.yaml" <<OVERLAY
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: mart
resources:
  - ../base
  - domain.yaml
components:
  - ../components/testing
$([[ $2 == knative ]] || echo '  - ../components/kafkasource')
images:
$(image mart "$MART_IMAGE")
$(image mart-tools "$MART_TOOLS_IMAGE")
configMapGenerator:
  - name: mart-settings
    behavior: merge
    literals:
      - KAFKA_BROKERS=$MART_KAFKA
      - PUBLIC_URL=http://$domain
      - PAYMENT_RETURN_URL=http://$domain/docs
patches:
  - target: {kind: KafkaSource}
    patch: '[{"op": "replace", "path": "/spec/bootstrapServers", "value": [$brokers]}]'
  - target: {kind: KafkaSink}
    patch: '[{"op": "replace", "path": "/spec/bootstrapServers", "value": [$brokers]}]'
OVERLAY
}

up() {
  local folder=$here/.e2e
  kubectl get namespace mart >/dev/null 2>&1 || kubectl create namespace mart
  if ! kubectl get secret mart-events -n mart >/dev/null 2>&1; then
    step "secrets"
    need DATABASE_URL DATABASE_OWNER_URL
    OWNER_EMAIL=$owner "$here/secrets.sh" testing | kubectl apply -f -
  fi
  step "manifests; KafkaSources by $(deliverer)"
  rm -rf "$folder" && overlay "$folder" "$(deliverer)"
  kubectl apply -k "$folder"
  kubectl wait deployment --all --for condition=Available --timeout 300s -n mart
  kubectl wait ksvc --all --for condition=Ready --timeout 300s -n mart
  kubectl wait domainmapping --all --for condition=Ready --timeout 60s -n mart
  if [[ $(deliverer) == knative ]]; then # else the Deployment is available when all sources read
    kubectl wait kafkasource --all --for condition=Ready --timeout 120s -n mart
    kubectl get kafkasource -n mart
  fi
  kubectl get ksvc,domainmapping,pingsource -n mart
}

# forward SERVICE PORT makes a Service inside reachable here, at the same port of loopback.
forward() {
  ! (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null || die "port $2 is taken here: stop what listens there (a mart on this machine?)"
  kubectl port-forward -n mart "service/$1" "$2" >/dev/null &
  forwards+=($!)
  until (exec 3<>"/dev/tcp/127.0.0.1/$2") 2>/dev/null; do
    kill -0 $! 2>/dev/null || die "$1 cannot be forwarded: kubectl get pods -n mart"
    sleep 0.2
  done
}

secret() { kubectl get secret "$1" -n mart -o "jsonpath={.data.$2}" | base64 -d; }

suite() {
  need MART_INGRESS
  local services all
  all=$(grep -c '^kind: Service$' "$here/base/services.yaml")
  services=$(kubectl get ksvc -n mart --no-headers | awk '$NF == "True" || / True /' | wc -l)
  [[ $services -eq $all ]] || die "$services of $all Services are ready: kubectl get ksvc -n mart"
  forwards=()
  trap 'kill "${forwards[@]}" 2>/dev/null || true' EXIT
  forward mail 8025
  forward payment-provider 12111
  step "the end-to-end suite at http://$domain by $MART_INGRESS"
  export MART_E2E_URL=http://$domain MART_E2E_CONNECT=$MART_INGRESS MART_E2E_MAIL=http://127.0.0.1:8025 MART_E2E_CLUSTER=mart \
    MART_E2E_PAYMENTS=http://127.0.0.1:12111 MART_OWNER_EMAIL MART_OWNER_PASSWORD
  MART_OWNER_EMAIL=$(secret mart-owner email) MART_OWNER_PASSWORD=$(secret mart-owner password)
  cd "$root"
  if [[ $# -gt 0 ]]; then
    one_by_one "$@"
  else # what deletes pods comes last, and alone
    one_by_one -skip TestCluster
    one_by_one -run TestCluster
  fi
}

one_by_one() { go test -count=1 -parallel 1 -timeout 30m -v "$@" ./infra/e2e; }

down() {
  kubectl delete namespace mart --ignore-not-found
  kubectl delete clusterdomainclaim "$domain" --ignore-not-found
}

[[ ${1:-} == overlay ]] || command -v kubectl >/dev/null || die "kubectl is missing: install it"
case ${1:-} in
  '') up && suite ;;
  up | down) "$1" ;;
  test) shift; suite "$@" ;;
  overlay) [[ $# == 2 ]] || die "which folder?"; overlay "$2" "${MART_KAFKASOURCE:-deployment}" ;;
  *) sed -n '2,22s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
