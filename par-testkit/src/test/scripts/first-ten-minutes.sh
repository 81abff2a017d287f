#!/bin/sh
# Somebody's first ten minutes: an agent of their own, a change, a stub, a fault, and its tests.
#   first-ten-minutes.sh DIR
# DIR is empty. Needs par-testkit and python3 on PATH; pytest is used if python3 has it, and then PAR_TESTKIT_HOME names
# the distribution, and PYTHONPATH has the plugin. Each step fails with what dev printed.
set -eu
cd "$1"
dev=
finish() {
  status=$?
  if [ -n "$dev" ]; then kill "$dev" 2>/dev/null || :; wait "$dev" || :; fi
  if [ "$status" != 0 ]; then cat dev.log; fi
}
trap finish EXIT
trap 'exit 1' INT TERM

# Waits until dev has printed lines with a text: await TEXT COUNT
await() {
  until [ "$(grep -c -e "$1" dev.log)" -ge "$2" ]; do
    kill -0 "$dev" || { echo "FAILED: dev ended before it printed '$1' $2 times"; exit 1; }
    sleep 0.05
  done
}

# Compares an answer: expect WHAT EXPECTED ANSWER
expect() {
  if [ "$3" != "$2" ]; then echo "FAILED: $1 is '$3', not '$2'"; exit 1; fi
  echo "$1: $3"
}

# Calls the control API, as the page does: control METHOD PATH [JSON]
control() {
  python3 - "$@" <<'end'
import json, subprocess, sys, urllib.request
ps = json.loads(subprocess.run(["par-testkit", "ps", "--json"], capture_output=True, check=True).stdout)
body = sys.argv[3].encode() if len(sys.argv) > 3 else None
request = urllib.request.Request(ps["endpoint"] + "/_par" + sys.argv[2], body, method=sys.argv[1])
print(urllib.request.urlopen(request).read().decode())
end
}

par-testkit init python greeter

mkdir -p stubs/mappings
cat >stubs/mappings/models.json <<'end'
{"request": {"method": "GET", "urlPath": "/v1/models"},
 "response": {"status": 200, "jsonBody": {"data": [{"id": "stubbed"}]}}}
end
par-testkit dev greeter --stubs stubs -e 'OPENAI_BASE_URL={stubs}/v1' >dev.log 2>&1 &
dev=$!
await '^== ready' 1
expect "the agent's answer" '{"message": "Hello, Ada!"}' "$(par-testkit invoke '{"action": "greet", "name": "Ada"}')"

# An edit: another greeting, and an action that calls a language model.
sed -e 's/"Hello"/"Servus"/' -e '/^def invoke/a\
    if request.get("action") == "models":\
        with urllib.request.urlopen(os.environ["OPENAI_BASE_URL"] + "/models") as answer:\
            return json.load(answer)' -e 's/^import os$/import json\nimport os\nimport urllib.request/' \
  greeter/main.py >main.new
mv main.new greeter/main.py
await '^== ready' 2
expect "after the edit" '{"message": "Servus, Ada!"}' "$(par-testkit invoke '{"name": "Ada"}')"
expect "the stub's answer" '{"data": [{"id": "stubbed"}]}' "$(par-testkit invoke '{"action": "models"}')"

# A fault: the next boot meets a throttled bucket once, and retries.
control POST /faults '{"spec": "GET:dev/*:1x:slow-down"}'
echo '# changed' >>greeter/main.py
await 'Download retried' 1
await '^== ready' 3
control GET /faults
par-testkit logs --json | grep -q '"event":"Download retried"'

kill "$dev"
wait "$dev" && dev= || { echo "FAILED: dev ended with $?"; exit 1; }
sed 's/Hello/Servus/' greeter/test_agent.py >test.new
mv test.new greeter/test_agent.py
if python3 -c 'import pytest' 2>/dev/null; then
  python3 -m pytest -q -p no:cacheprovider -p pytest_par.plugin greeter
else
  echo "pytest is not installed"
fi
echo "all steps passed"
