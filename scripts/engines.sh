# Functions that start database engines; to be sourced. Engines end with the script that started them.
#
#   start_embedded NAME        `tabletheory local` in memory
#   start_dynamodb_local NAME  DynamoDB Local in memory; fails with a reason in $ENGINE_MISSING when it is not installed
#
# Both set $ENDPOINT. Logs are in $ENGINE_LOGS/NAME.*.

ENGINE_LOGS=${ENGINE_LOGS:-target/engines}
ENGINE_PIDS=()
ENGINE_MISSING=
ENDPOINT=
TABLETHEORY_LOCAL=${TABLETHEORY_LOCAL:-$PWD/target/debug/tabletheory}
mkdir -p "$ENGINE_LOGS"

stop_engines() {
  local pid
  for pid in ${ENGINE_PIDS[@]+"${ENGINE_PIDS[@]}"}; do
    kill "$pid" 2>/dev/null || true
  done
  for pid in ${ENGINE_PIDS[@]+"${ENGINE_PIDS[@]}"}; do
    wait "$pid" 2>/dev/null || true
  done
  ENGINE_PIDS=()
}

# Waits for $1 seconds at most until the command succeeds, as long as process $2 lives.
await() {
  local tenths=$(($1 * 10)) pid=$2
  shift 2
  while ! "$@"; do
    kill -0 "$pid" 2>/dev/null || return 1
    [ $((tenths -= 1)) -gt 0 ] || return 1
    sleep 0.1
  done
}

start_embedded() {
  local out=$ENGINE_LOGS/$1.out
  : >"$out"
  "$TABLETHEORY_LOCAL" local --port 0 --json </dev/null >"$out" 2>"$ENGINE_LOGS/$1.err" &
  ENGINE_PIDS+=($!)
  if ! await 20 $! grep -q endpoint "$out"; then
    cat "$ENGINE_LOGS/$1.err" >&2
    echo 'the embedded engine did not start' >&2
    return 1
  fi
  ENDPOINT=$(sed -n 's/.*"endpoint" *: *"\([^"]*\)".*/\1/p' "$out" | head -n 1)
}

start_dynamodb_local() {
  local home=.tools/dynamodb-local port
  if ! java -version >/dev/null 2>&1; then
    ENGINE_MISSING='no Java'
    return 1
  fi
  if ! compgen -G "$home/lib/DynamoDBLocal-*.jar" >/dev/null; then
    ENGINE_MISSING='DynamoDB Local is not installed'
    return 1
  fi
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  java -Xmx512m -Djava.library.path="$home/lib" -cp "$home/lib/*" com.amazonaws.services.dynamodbv2.local.main.ServerRunner \
    -inMemory -port "$port" -disableTelemetry </dev/null >"$ENGINE_LOGS/$1.out" 2>"$ENGINE_LOGS/$1.err" &
  ENGINE_PIDS+=($!)
  if ! await 60 $! listening "$port"; then
    tail -n 20 "$ENGINE_LOGS/$1.err" >&2
    ENGINE_MISSING='DynamoDB Local did not start'
    return 1
  fi
  ENDPOINT=http://127.0.0.1:$port
}

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
