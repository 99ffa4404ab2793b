#!/usr/bin/env bash
# Proves docker-compose.yml on a container engine: builds the images, starts all of it under a project name and with secrets of its
# own (a mart of yours keeps its data), runs the end-to-end suite by URL, lets a container of each function and of what they stand on
# crash in the middle of purchases, starts again what runs and what was taken down, and removes what it started.
#
#   infra/compose/e2e.sh            up, then test, then down, whatever became of the test
#   infra/compose/e2e.sh up         secrets (once), images, and waits until all containers are healthy
#   infra/compose/e2e.sh test       the suite and the containers' own tests; arguments go to `go test`, such as -run TestContainersCrash
#   infra/compose/e2e.sh logs       what the containers said; arguments go to `docker compose logs`
#   infra/compose/e2e.sh down       removes its containers and volumes; images stay
#
# Needs `docker compose` 2.24 or newer, with any engine behind it (DOCKER_HOST), and the ports that docker-compose.yml publishes.
# The crashes need an engine that lets a container see the engine's processes (--pid host) and signal them (the capability KILL).
# Settings: MART_E2E_PROJECT (mart-e2e), MART_CACHE (where the secrets are).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
project=${MART_E2E_PROJECT:-mart-e2e}
secrets=${MART_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mart}/$project.env
fewest=21 # tests of the suite must pass: it cannot pass by leaving everything out

die() { printf 'e2e-compose: %s\n' "$*" >&2; exit 1; }
step() { printf '\n== %s\n' "$*" >&2; }

# Tests speak to the engine by these, too.
export COMPOSE_FILE=$root/docker-compose.yml COMPOSE_ENV_FILES=$secrets
compose() { docker compose --project-name "$project" "$@"; }

engine() {
  command -v docker >/dev/null || die "docker is missing: install it with its compose plugin"
  docker compose version >/dev/null 2>&1 || die "'docker compose' is missing: install docker's compose plugin, 2.24 or newer"
  docker version >/dev/null 2>&1 || die "no container engine answers at ${DOCKER_HOST:-the default address}: start one, or set DOCKER_HOST"
}

# free fails when somebody else has a port that is to be published.
free() {
  [[ -z $(compose ps --quiet) ]] || return 0 # ours have them
  local port
  for port in $(compose config | sed -n 's/^ *published: "\([0-9]*\)"$/\1/p'); do
    ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || die "port $port is taken: stop what listens there (a mart on this machine?)"
  done
}

up() {
  if [[ ! -e $secrets ]]; then
    mkdir -p "$(dirname "$secrets")"
    "$root/infra/compose/env.sh" "$secrets"
  fi
  free
  step "the images; the first time they compile for minutes"
  compose build
  step "the containers; waiting until all are healthy"
  compose up --wait || { compose ps --all >&2; compose logs --tail 20 >&2; die "not everything gets healthy: see above"; }
  compose ps --all >&2
}

setting() { sed -n "s/^$1='\(.*\)'$/\1/p" "$secrets"; }

# one_by_one ARGUMENTS… runs tests, one after the other.
one_by_one() { go test -count=1 -parallel 1 -timeout 60m -v "$@" ./infra/e2e; }

suite() {
  [[ -e $secrets ]] || die "nothing is up: run infra/compose/e2e.sh up"
  export MART_E2E_COMPOSE=$project MART_E2E_URL=http://127.0.0.1:8080 MART_E2E_MAIL=http://127.0.0.1:8025 MART_E2E_PAYMENTS=http://127.0.0.1:12111 \
    MART_OWNER_EMAIL MART_OWNER_PASSWORD
  MART_OWNER_EMAIL=$(setting OWNER_EMAIL) MART_OWNER_PASSWORD=$(setting OWNER_PASSWORD)
  cd "$root"
  if [[ $# -gt 0 ]]; then
    one_by_one "$@"
    return
  fi
  step "the end-to-end suite at $MART_E2E_URL"
  local log passed status=0
  log=$(mktemp)
  go test -count=1 -timeout 30m -v -skip 'TestStorm|TestCluster|TestContainers' ./infra/e2e >"$log" 2>&1 || status=$?
  passed=$(grep -c '^--- PASS' "$log" || true)
  [[ $status -eq 0 && $passed -ge $fewest ]] || { cat "$log" >&2; die "the suite failed, or only $passed of its tests passed (want $fewest): see above, and $log"; }
  rm "$log"
  step "$passed tests of the suite passed; now what only an engine shows: confinement, crashes, up twice, down and up"
  one_by_one -run TestContainers
}

down() {
  step "removing the containers and volumes of $project"
  compose down --volumes --remove-orphans
  rm -f "$secrets"
}

all() {
  [[ ! -e $secrets ]] || die "project $project is up, or was left: infra/compose/e2e.sh down removes it"
  trap 'down || true' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  up
  suite
  step "docker-compose.yml holds: built, healthy, the suite, crashes, up twice, down and up"
}

case ${1:-} in
  '') engine; all ;;
  up | down) engine; "$1" ;;
  test) shift; engine; suite "$@" ;;
  logs) shift; engine; compose logs "$@" ;;
  *) sed -n '2,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
