# shellcheck shell=bash
# Long work in named steps: sourced by scripts that set `program` (their name) and `logs` (a folder) first.
# Each step has its own log, says how long it took, says it is still at it, and ends whole on Ctrl-C.

step_pid=
step_code=0
step_log=/dev/null
step_seconds=0
step_tail=15

say() { printf '%s: %s\n' "$program" "$*"; }

die() {
  printf '%s: %s\n' "$program" "$*" >&2
  exit 1
}

# Runs a command or function as a step. Its exit code: $step_code; its log: $step_log; its time: $step_seconds.
# Not to be called as a condition (`try_step … || …`): the shell would then go on after errors inside the step.
try_step() {
  local name=$1 began=$SECONDS told=$SECONDS
  shift
  step_code=0
  step_log=$logs/$(tr -c 'a-z0-9\n' '-' <<<"${name,,}" | cut -c1-40 | sed 's/-*$//').log
  set -m  # a process group of its own, so that Ctrl-C can end all of it
  (set -euo pipefail; "$@") >"$step_log" 2>&1 </dev/null 9>&- &
  step_pid=$!
  set +m
  while kill -0 "$step_pid" 2>/dev/null; do
    sleep 0.2 9>&-
    if [ -t 1 ]; then
      printf '\r\033[K%s: %s … %d s  %s' "$program" "$name" $((SECONDS - began)) "$(last_line 60)"
    elif [ $((SECONDS - told)) -ge 30 ]; then
      told=$SECONDS
      say "$name … $((SECONDS - began)) s, now: $(last_line 90)"
    fi
  done
  wait "$step_pid" || step_code=$?
  step_pid=
  step_seconds=$((SECONDS - began))
  if [ -t 1 ]; then printf '\r\033[K'; fi
}

# Runs a step that must succeed: else names it and its log, shows how the log ends, and ends the script.
step() {
  try_step "$@"
  if [ "$step_code" != 0 ]; then
    {
      say "FAILED after $step_seconds s: $1 (exit code $step_code)"
      say "log: $step_log, it ends with:"
      tail -n "$step_tail" "$step_log" | sed 's/^/  | /'
    } >&2
    exit 1
  fi
  say "$1: done ($step_seconds s)"
}

last_line() { tail -c 2000 "$step_log" | tr '\r' '\n' | grep -v '^ *$' | tail -n 1 | tr -d '\000-\037' | cut -c1-"$1" || true; }

# Ends the step that runs, with everything it started, and the script. For traps: stop_steps SIGNAL_NUMBER.
stop_steps() {
  trap '' INT TERM HUP
  if [ -n "$step_pid" ]; then
    kill -TERM -- "-$step_pid" 2>/dev/null || true
    for _ in $(seq 50); do  # 5 s to end in good order
      kill -0 -- "-$step_pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL -- "-$step_pid" 2>/dev/null || true
    wait "$step_pid" 2>/dev/null || true
  fi
  printf '\n%s: stopped; run it again to go on\n' "$program" >&2
  exit $((128 + $1))
}

end_steps_on_signals() {
  trap 'stop_steps 2' INT
  trap 'stop_steps 15' TERM
  trap 'stop_steps 1' HUP
}
