#!/usr/bin/env bash
# A real Apache Kafka (one KRaft node) on this machine, for tests: on loopback, and where others shall reach it.
#
#   infra/kafka/real.sh start DIR   fetch it once, start it with its data in DIR, print host:port
#   infra/kafka/real.sh stop DIR    stop it cleanly; DIR keeps topics and records
#   infra/kafka/real.sh kill DIR    kill -9, as a crash would
#
# Settings: MART_KAFKA_PORT (default: the port it had, else a free one), MART_KAFKA_ALSO (host:port of this machine that a
# cluster reaches: it then listens there too, to anybody), MART_CACHE (where the jars are kept).
# Needs a JDK 17 or newer and Maven; as root on Debian or Ubuntu it installs them. Only the address goes to stdout.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=$(sed -n 's|.*<version>\(4\.[0-9.]*\)</version>.*|\1|p' "$here/pom.xml" | head -n 1)
jars=${MART_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mart}/kafka-$version

say() { printf 'kafka: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

main() {
  [[ $# -eq 2 && $1 != -* && $2 != -* ]] || { sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
  mkdir -p "$2"
  dir=$(cd "$2" && pwd)
  case $1 in
    start) start ;;
    stop) stop TERM ;;
    kill) stop KILL ;;
    *) die "unknown command '$1': use start, stop or kill" ;;
  esac
}

start() {
  if running; then say "already running, pid $(cat "$dir/pid")"; cat "$dir/address"; return; fi
  command -v java >/dev/null || install default-jre-headless java
  local java_version
  java_version=$(java -version 2>&1 | awk -F '[".]' '/version/ { print $2; exit }')
  [[ $java_version -ge 17 ]] || die "Kafka $version needs Java 17 or newer, and 'java' is version $java_version: install one and put it first in PATH"
  fetch
  configure
  launch
}

# install PACKAGE COMMAND
install() {
  if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
    die "'$2' is missing: install it (Debian and Ubuntu: sudo apt-get install $1) and try again"
  fi
  say "installing $1"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$1"; } </dev/null >&2 ||
    die "could not install $1"
}

fetch() {
  [[ -f $jars/complete ]] && return
  command -v mvn >/dev/null || install maven mvn
  say "fetching Kafka $version, about 54 MB, once"
  local log began=$SECONDS
  rm -rf "$jars.part" && mkdir -p "$jars.part"
  log=$jars.part/fetch.log
  mvn -B -ntp -q -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$jars.part" </dev/null >"$log" 2>&1 &
  local fetching=$!
  while kill -0 "$fetching" 2>/dev/null; do
    sleep 1
    (( (SECONDS - began) % 5 == 0 )) && say "… $(find "$jars.part" -name '*.jar' | wc -l) of 93 jars, $((SECONDS - began)) s"
  done
  wait "$fetching" || { tail -n 20 "$log" >&2; die "could not fetch Kafka: see above; is Maven's registry reachable?"; }
  touch "$jars.part/complete"
  rm -rf "$jars" && mv "$jars.part" "$jars"
}

configure() {
  local port=${MART_KAFKA_PORT:-} controller beyond=
  [[ -z $port && -f $dir/address ]] && port=$(sed 's/.*://' "$dir/address")
  [[ -z $port ]] || free "$port" || { [[ -z ${MART_KAFKA_PORT:-} ]] || die "port $port is taken: set MART_KAFKA_PORT to another"; port=; }
  port=${port:-$(free_port $((20000 + RANDOM % 10000)))}
  controller=$(free_port $((port + 1)))
  printf '127.0.0.1:%s\n' "$port" >"$dir/address"
  [[ -z ${MART_KAFKA_ALSO:-} ]] || beyond=,BEYOND://$MART_KAFKA_ALSO
  cat >"$dir/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller$beyond
advertised.listeners=PLAINTEXT://127.0.0.1:$port$beyond
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,BEYOND:PLAINTEXT
log.dirs=$dir/data
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
num.partitions=1
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
PROPERTIES
}

free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port FIRST prints the first port from FIRST on that nobody listens on.
free_port() {
  local port=$1
  until free "$port"; do port=$((port + 1)); done
  printf '%s\n' "$port"
}

launch() {
  local heap=(-Xms256m -Xmx512m) log=$dir/kafka.log
  local quiet=(-Dorg.slf4j.simpleLogger.defaultLogLevel=warn)
  if [[ ! -f $dir/data/meta.properties ]]; then
    java "${heap[@]}" "${quiet[@]}" -cp "$jars/*" kafka.tools.StorageTool format \
      -t "$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')" -c "$dir/server.properties" </dev/null >"$log" 2>&1 ||
      { tail -n 20 "$log" >&2; die "could not format $dir/data"; }
  fi
  local began=$SECONDS
  setsid java "${heap[@]}" -XX:+UseG1GC "${quiet[@]}" -cp "$jars/*" kafka.Kafka "$dir/server.properties" </dev/null >>"$log" 2>&1 &
  local pid=$!
  printf '%s\n' "$pid" >"$dir/pid"
  say "starting Kafka $version, pid $pid, log $log"
  local port
  port=$(sed 's/.*://' "$dir/address")
  while free "$port"; do
    kill -0 "$pid" 2>/dev/null || { tail -n 20 "$log" >&2; die "Kafka ended while starting: see above"; }
    (( SECONDS - began < 60 )) || { tail -n 20 "$log" >&2; stop KILL; die "Kafka did not listen within 60 s: see above"; }
    sleep 0.2
  done
  cat "$dir/address"
}

# running tells whether the pid we wrote is still our Kafka, not another program that has the number now.
running() {
  [[ -f $dir/pid ]] || return 1
  ps -ww -o args= -p "$(cat "$dir/pid")" 2>/dev/null | grep -qF "kafka.Kafka $dir/server.properties"
}

# stop SIGNAL
stop() {
  running || { rm -f "$dir/pid"; say "not running in $dir"; return; }
  local pid began=$SECONDS
  pid=$(cat "$dir/pid")
  kill -"$1" "$pid"
  while running; do
    (( SECONDS - began < 30 )) || { say "still there after 30 s, killing it"; kill -KILL "$pid"; sleep 1; break; }
    sleep 0.1
  done
  rm -f "$dir/pid"
  local port # a killed process has no command line any more some moments before it lets go of its port
  port=$(sed 's/.*://' "$dir/address")
  until free "$port" || (( SECONDS - began >= 30 )); do sleep 0.05; done
  say "stopped, pid $pid"
}

main "$@"
