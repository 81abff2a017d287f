#!/bin/sh
# Run with: sh test.sh
set -eu
cd "$(dirname "$0")"
out=$(mktemp)
trap 'rm -f "$out"' EXIT

AGENT_APP_ID=test GREETING=Servus sh run.sh >"$out" &
agent=$!
until grep -q '^ready$' "$out"; do
  kill -0 "$agent" || { cat "$out"; echo "FAILED: it ended before it was ready"; exit 1; }
  sleep 0.05
done
grep -q '^Servus, this is test$' "$out" || { cat "$out"; echo "FAILED: no greeting"; exit 1; }
kill -TERM "$agent"
wait "$agent" || { echo "FAILED: it ended with $?"; exit 1; }
echo "passed"
