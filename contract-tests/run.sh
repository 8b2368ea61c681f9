#!/usr/bin/env bash
# Runs the scenarios on every host and both engines, and the cases of the hostile server, and prints one table. `make contract` builds what this needs.
#
#   CONTRACT_SCENARIOS  folder of scenarios, searched with its folders   contract-tests/scenarios
#   CONTRACT_DMS        folder of schema documents, likewise             contract-tests/dms
#   CONTRACT_RESULTS    folder for the result files                      target/contract
#   CONTRACT_HOSTS      which hosts                                      native component node python go
#   CONTRACT_ENGINES    which engines; `hostile` is the hostile server   embedded dynamodb-local, and hostile unless the
#                                                                        caller brings or picks scenarios
#   CONTRACT_ONLY       only files whose path holds this text
#   CONTRACT_JOBS       how many hosts run at once                       number of processors
#   CONTRACT_TABLE      set to 0 to leave the table to somebody else
#
# A run of everything must give what docs/parity.md says (`make parity` writes it).
# Exit code: 0 nothing failed, 1 something failed.
set -euo pipefail
# Folders given by the caller are relative to where the caller is.
absolute() { case $1 in /*) printf '%s' "$1" ;; *) printf '%s' "$PWD/$1" ;; esac; }
for name in CONTRACT_SCENARIOS CONTRACT_DMS CONTRACT_RESULTS; do
  [ -z "${!name:-}" ] || export "$name=$(absolute "${!name}")"
done
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Only a run of everything can be held against docs/parity.md.
whole=1
[ -z "${CONTRACT_SCENARIOS:-}${CONTRACT_DMS:-}${CONTRACT_HOSTS:-}${CONTRACT_ENGINES:-}${CONTRACT_ONLY:-}${CONTRACT_TRANSPORT:-}" ] || whole=0
engines=(embedded dynamodb-local)
[ -n "${CONTRACT_SCENARIOS:-}${CONTRACT_ONLY:-}" ] || engines+=(hostile)
export CONTRACT_SCENARIOS=${CONTRACT_SCENARIOS:-$PWD/contract-tests/scenarios}
export CONTRACT_DMS=${CONTRACT_DMS:-$PWD/contract-tests/dms}
export CONTRACT_RESULTS=${CONTRACT_RESULTS:-$PWD/target/contract}
read -ra hosts <<<"${CONTRACT_HOSTS:-native component node python go}"
[ -z "${CONTRACT_ENGINES:-}" ] || read -ra engines <<<"$CONTRACT_ENGINES"
jobs=${CONTRACT_JOBS:-$(getconf _NPROCESSORS_ONLN)}
export PATH=$PWD/.tools/bin:$PATH
export TABLETHEORY_PYTHON=${TABLETHEORY_PYTHON:-$PWD/.tools/venv/bin/python}
runner=$PWD/target/debug/contract-tests

for folder in "$CONTRACT_SCENARIOS" "$CONTRACT_DMS"; do
  [ -d "$folder" ] || { printf 'contract: `%s` is no folder\n' "$folder" >&2; exit 2; }
done
# What an earlier run left must not count.
mkdir -p "$CONTRACT_RESULTS"
rm -f "$CONTRACT_RESULTS"/*.json "$CONTRACT_RESULTS"/*.log

ENGINE_LOGS=$CONTRACT_RESULTS/engines
. scripts/engines.sh
runners=()
finish() {
  local status=$?
  [ ${#runners[@]} = 0 ] || kill "${runners[@]}" 2>/dev/null || true
  stop_engines
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

# A column for an engine that is not here: said, not left out.
not_run() {
  local host
  for host in "${hosts[@]}"; do
    printf '{"host":"%s","engine":"%s","not_run":"%s","scenarios":[]}\n' "$host" "$1" "$2" >"$CONTRACT_RESULTS/$host-$1.json"
  done
}

failed=0
one() {
  local host=$1 engine=$2 endpoint=$3 log=$CONTRACT_RESULTS/$1-$2.log began=$SECONDS status=0
  local options=(run --host "$host" --engine "$engine" --endpoint "$endpoint")
  [ "$engine" != hostile ] || options=(hostile --host "$host")
  [ -z "${CONTRACT_ONLY:-}" ] || options+=(--only "$CONTRACT_ONLY")
  "$runner" "${options[@]}" </dev/null >"$log" 2>&1 || status=$?
  if [ ! -s "$CONTRACT_RESULTS/$host-$engine.json" ]; then
    # The runner itself gave up: that is a failure with a name, not an empty row.
    python3 - "$host" "$engine" "$log" >"$CONTRACT_RESULTS/$host-$engine.json" <<'PY'
import json, sys
host, engine, log = sys.argv[1:]
tail = open(log, encoding="utf-8", errors="replace").read()[-2000:]
line = {"name": "runner", "tier": "runner", "file": "", "status": "failed", "error": tail}
print(json.dumps({"host": host, "engine": engine, "scenarios": [line]}))
PY
  fi
  printf 'contract: %-10s %-15s %4d s  %s\n' "$host" "$engine" $((SECONDS - began)) "$(tail -n 1 "$log")"
  return "$status"
}

# Hosts drop and make the same tables. Each has an embedded engine of its own; DynamoDB Local keeps the tables of access keys apart,
# and every host has its own access key.
for engine in "${engines[@]}"; do
  shared=
  if [ "$engine" = dynamodb-local ]; then
    if ! start_dynamodb_local "$engine"; then
      printf 'contract: %s not run: %s\n' "$engine" "$ENGINE_MISSING"
      not_run "$engine" "$ENGINE_MISSING"
      whole=0
      [ "${CI:-}" != true ] || failed=1
      continue
    fi
    shared=$ENDPOINT
  fi
  for host in "${hosts[@]}"; do
    case $engine in
      dynamodb-local) ENDPOINT=$shared ;;
      hostile) ENDPOINT= ;; # each run starts a server of its own
      *) start_embedded "$engine-$host" ;;
    esac
    while [ "$(jobs -rp | grep -cvxF "$(printf '%s\n' "${ENGINE_PIDS[@]}")" || true)" -ge "$jobs" ]; do
      sleep 0.2
    done
    one "$host" "$engine" "$ENDPOINT" &
    runners+=($!)
  done
done
for pid in ${runners[@]+"${runners[@]}"}; do
  wait "$pid" || failed=1
done

if [ "$whole$failed" = 10 ]; then
  "$runner" parity --check "$CONTRACT_RESULTS" || failed=1
fi
if [ "${CONTRACT_TABLE:-1}" != 0 ]; then
  echo
  "$runner" table "$CONTRACT_RESULTS" || failed=1
fi
exit "$failed"
