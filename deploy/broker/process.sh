# shellcheck shell=bash
# What start and stop both need to know about processes and ports. Sourced, never run.

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Prints the id of the broker of folder $1 if it runs. An id that was given to another process since does not count.
running() {
  local pid
  pid=$(cat "$1/pid" 2>/dev/null) || return 1
  tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q -F "kafka.Kafka $1/server.properties" || return 1
  echo "$pid"
}

# Has process $1 ended? One that its parent has not taken note of yet has.
ended() {
  local state
  state=$(awk '/^State:/ { print $2 }' "/proc/$1/status" 2>/dev/null) || return 0
  [ -z "$state" ] || [ "$state" = Z ] && [ "$(find "/proc/$1/task" -maxdepth 1 2>/dev/null | wc -l)" -le 2 ]
}

# Does somebody listen on loopback port $1?
listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Prints a port that nobody listens on, below the range from which the system hands out ports to clients.
free_port() {
  local port
  for _ in $(seq 200); do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    if ! listening "$port"; then echo "$port"; return 0; fi
  done
  return 1
}
