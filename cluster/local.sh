#!/usr/bin/env bash
# A Ray head of its own on this machine, to try `ray job submit` against.
#
#   bash cluster/local.sh start [CPUS]     prints what to export, then returns
#   bash cluster/local.sh stop             stops exactly what it started
#
# Everything of it lies in runs/.cluster/: the token, the pid, the log. The dashboard, which takes jobs, listens on
# 127.0.0.1 only, and every port of Ray asks for the token.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../jobs/setup.sh" run
home="$root/runs/.cluster"
pidfile="$home/pid"

# A pid alone may by now belong to another program: its start time must be the recorded one too.
_start_time() { awk '{ sub(/.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null; }
_running() {
  [ -f "$pidfile" ] || return 1
  local pid began
  read -r pid began <"$pidfile"
  [ "$(_start_time "$pid")" = "$began" ]
}

_answers() {
  "$python" - "$1" "$home/token" <<'P' 2>/dev/null
import sys, urllib.request
token = open(sys.argv[2]).read()
urllib.request.urlopen(urllib.request.Request(sys.argv[1], headers={"Authorization": f"Bearer {token}"}), timeout=2)
P
}

_start() {
  if _running; then echo "already running; stop it with: bash cluster/local.sh stop" >&2; exit 1; fi
  mkdir -p "$home"
  chmod 700 "$home"
  (umask 077; "$python" -c 'import secrets; print(secrets.token_hex(32), end="")' >"$home/token")
  local port dashboard agent
  read -r port dashboard agent < <("$python" - <<'P'
import socket
socks = [socket.socket() for _ in range(3)]
for s in socks:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in socks))
P
  )
  mktemp -d /tmp/raymath-XXXXXX >"$home/temp-dir"  # short: Ray makes sockets in it, whose paths may have 107 bytes
  export RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH="$home/token" RAY_DISABLE_USAGE_STATS=1
  # All that this head starts inherits the mark, also what makes a session of its own: `stop` finds it by that.
  export RAYMATH_LOCAL_CLUSTER="$home"
  # A request whose gateway is lost gets 503 of Ray's proxies, as in the image.
  export RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH=raymath.serve.proxy:middlewares
  PATH="$root/.venv/bin:$PATH" setsid "$python" -m ray.scripts.scripts start --head --block --num-cpus "${1:-2}" \
    --node-ip-address 127.0.0.1 --port "$port" --dashboard-host 127.0.0.1 --dashboard-port "$dashboard" \
    --dashboard-agent-listen-port "$agent" \
    --object-store-memory 500000000 --temp-dir "$(cat "$home/temp-dir")" >"$home/log" 2>&1 </dev/null 9>&- &
  local pid=$!
  printf '%s %s\n' "$pid" "$(_start_time "$pid")" >"$pidfile"
  for _ in $(seq 240); do
    _running || { echo "Ray did not start; its log:" >&2; tail -20 "$home/log" >&2; exit 1; }
    # The dashboard takes a job only once the node's agent, which starts it, is there too.
    if _answers "http://127.0.0.1:$dashboard/api/version" && _answers "http://127.0.0.1:$agent/api/local_raylet_healthz"; then
      cat <<MSG
export RAY_API_SERVER_ADDRESS=http://127.0.0.1:$dashboard
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH='$home/token'
MSG
      return
    fi
    sleep 0.5
  done
  echo "Ray's dashboard did not answer within two minutes; its log: $home/log" >&2
  _stop
  exit 1
}

_stop() {
  if ! _running; then echo "nothing of ours is running" >&2; rm -f "$pidfile"; return; fi
  local pid
  read -r pid _ <"$pidfile"
  kill -TERM "$pid" 2>/dev/null || true
  for _ in $(seq 40); do _running || break; sleep 0.25; done
  local environ
  for environ in /proc/[0-9]*/environ; do
    if { tr '\0' '\n' <"$environ"; } 2>/dev/null | grep -qxF "RAYMATH_LOCAL_CLUSTER=$home"; then
      pid="${environ#/proc/}"
      kill -KILL "${pid%/environ}" 2>/dev/null || true
    fi
  done
  rm -rf "$(cat "$home/temp-dir")"
  rm -f "$pidfile" "$home/token" "$home/temp-dir"
}

case "${1:-}" in
  start) shift; _start "$@" ;;
  stop) _stop ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
