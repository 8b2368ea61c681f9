#!/usr/bin/env bash
# The demo: one table, one item, four languages. `make demo` runs it.
#
# It starts `tabletheory local` and needs no account. With TABLETHEORY_DEMO_AWS=1 it runs against Amazon DynamoDB instead, with the region and
# the credentials that the AWS command line would use: it creates a table named as in notes.dms.yml and deletes it in the end. If there is such
# a table already, it touches nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
export PATH=$PWD/.tools/bin:$PATH
python=${TABLETHEORY_PYTHON:-$PWD/.tools/venv/bin/python}
table=$(sed -n 's/^ *name: "\(tabletheory-demo-[^"]*\)".*/\1/p' examples/notes.dms.yml)
began=$SECONDS

title() { printf '\n\033[1m%s\033[0m\n' "$1"; }
[ -t 1 ] || title() { printf '\n%s\n' "$1"; }

# Building may take minutes, the rest seconds: they are told apart in the last line.
title 'Building (minutes the first time, seconds afterwards)'
make build
built=$SECONDS

. scripts/engines.sh
created=
finish() {
  local status=$?
  if [ -n "$created" ]; then "$python" examples/table.py delete "$table" || status=1; fi
  stop_engines
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

if [ "${TABLETHEORY_DEMO_AWS:-}" = 1 ]; then
  title 'Amazon DynamoDB'
  "$python" examples/table.py absent "$table"
  created=yes
else
  title 'A DynamoDB of our own: tabletheory local'
  # Nothing of the caller's account is to be used here.
  unset "${!AWS_@}"
  start_embedded demo
  export AWS_ENDPOINT_URL_DYNAMODB=$ENDPOINT AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
  export AWS_EC2_METADATA_DISABLED=true
  echo "listening on $ENDPOINT"
fi

title 'Rust creates the table and the note'
"$CARGO_TARGET_DIR/debug/examples/create"

title 'Node updates it under its version'
node examples/node/notes.mjs

title 'Python reads it and upserts'
"$python" examples/python/notes.py

title 'Go tries a stale update, sees the conflict, and does it right'
(cd examples/go && go run .)

title 'What is in the table now, as the official SDK for Python (boto3) sees it'
"$python" examples/table.py show "$table"

title 'One component in all packages'
make digests

printf '\n%d s, %d of them to build\n' $((SECONDS - began)) $((built - began))
