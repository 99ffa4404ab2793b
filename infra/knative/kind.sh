#!/usr/bin/env bash
# A cluster on a laptop with Knative Serving, Eventing and the KafkaSource data plane, and the mart in it. Needs docker, kind, kubectl.
#
#   infra/knative/kind.sh up      cluster, Knative, images, secrets, manifests; prints the mart's address (10–15 minutes the first time)
#   infra/knative/kind.sh deploy  images and manifests again, after a change
#   infra/knative/kind.sh down    deletes the cluster and all that is in it
#
# Settings: KIND_CLUSTER (mart), KIND_PORT (80: the port on this machine), KNATIVE (the release of Knative's parts).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cluster=${KIND_CLUSTER:-mart} port=${KIND_PORT:-80} knative=${KNATIVE:-1.22.0}
releases=https://github.com

die() { printf 'kind: %s\n' "$*" >&2; exit 1; }
step() { printf '\n== %s\n' "$*" >&2; }

up() {
  kind get clusters 2>/dev/null | grep -qx "$cluster" || create
  kubectl config use-context "kind-$cluster"
  install
  kubectl get namespace mart >/dev/null 2>&1 || kubectl create namespace mart
  kubectl get secret mart-events -n mart >/dev/null 2>&1 || "$root/infra/knative/secrets.sh" kind | kubectl apply -f -
  deploy
}

create() {
  step "cluster $cluster"
  kind create cluster --name "$cluster" --wait 120s --config - <<CONFIG
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
    extraPortMappings: [{containerPort: 31080, hostPort: $port, listenAddress: 127.0.0.1}]
CONFIG
}

install() {
  local part
  step "Knative $knative"
  for part in serving/releases/download/knative-v$knative/serving-crds.yaml serving/releases/download/knative-v$knative/serving-core.yaml \
    eventing/releases/download/knative-v$knative/eventing-crds.yaml eventing/releases/download/knative-v$knative/eventing-core.yaml; do
    kubectl apply --server-side -f "$releases/knative/$part"
  done
  kubectl apply --server-side -f "$releases/knative-extensions/net-kourier/releases/download/knative-v$knative/kourier.yaml"
  for part in controller source; do
    kubectl apply --server-side -f "$releases/knative-extensions/eventing-kafka-broker/releases/download/knative-v$knative/eventing-kafka-$part.yaml"
  done
  kubectl apply --server-side -f "$releases/knative-extensions/eventing-kafka-broker/releases/download/knative-v$knative/eventing-kafka-sink.yaml"
  kubectl patch configmap config-network -n knative-serving --type merge -p '{"data":{"ingress-class":"kourier.ingress.networking.knative.dev"}}'
  kubectl patch configmap config-deployment -n knative-serving --type merge -p '{"data":{"registries-skipping-tag-resolving":"kind.local"}}'
  kubectl patch service kourier -n kourier-system --type merge \
    -p '{"spec":{"type":"NodePort","ports":[{"name":"http2","port":80,"targetPort":8080,"nodePort":31080,"protocol":"TCP"}]}}'
  kubectl wait deployment --all --for condition=Available --timeout 600s -n knative-serving
  kubectl wait deployment --all --for condition=Available --timeout 600s -n knative-eventing
  kubectl wait deployment --all --for condition=Available --timeout 600s -n kourier-system
}

deploy() {
  step "images"
  docker build -f "$root/infra/image/Dockerfile" -t kind.local/mart:dev "$root"
  docker build -f "$root/infra/image/Dockerfile" --target tools -t kind.local/mart-tools:dev "$root"
  kind load docker-image --name "$cluster" kind.local/mart:dev kind.local/mart-tools:dev
  step "manifests"
  kubectl apply -k "$root/infra/knative/overlays/kind"
  kubectl wait deployment --all --for condition=Available --timeout 300s -n mart
  kubectl wait ksvc --all --for condition=Ready --timeout 300s -n mart
  kubectl get ksvc -n mart
  step "http://mart.127.0.0.1.sslip.io$([[ $port == 80 ]] || printf ':%s' "$port")"
}

down() { kind delete cluster --name "$cluster"; }

for tool in docker kind kubectl; do command -v "$tool" >/dev/null || die "$tool is missing: install it"; done
case ${1:-} in
  up | deploy | down) "$1" ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
