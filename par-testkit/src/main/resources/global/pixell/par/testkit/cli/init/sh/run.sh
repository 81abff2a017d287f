#!/bin/sh
# The agent: says when it is ready, works until it gets SIGTERM, and ends with 0.
set -eu
trap 'echo "stops"; exit 0' TERM
echo "${GREETING:-Hello}, this is $AGENT_APP_ID"
echo "ready"
while :; do
  # Replace this with the work. The wait lets the signal through at once.
  sleep 1 &
  wait $!
done
