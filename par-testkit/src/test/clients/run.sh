#!/bin/sh
# Runs every client of this folder and of ../scripts/clients.py against a fake S3:
#
#   par-testkit serve -q > serve.out &      # then paste its export lines
#   par-testkit/src/test/clients/run.sh
#
# Prints one line for each check. The first run downloads packages from npm and Maven Central. Clients that are not
# installed are left out.
set -u
cd "$(dirname "$0")" || exit 2
: "${AWS_ENDPOINT_URL_S3:?start par-testkit serve and paste its export lines first}"
status=0
PYTHONIOENCODING=utf-8 python3 ../scripts/clients.py --versions --all || status=1
if command -v node >/dev/null && command -v npm >/dev/null; then
  mkdir -p target/js && cp package.json clients.mjs target/js
  (cd target/js && npm install --no-audit --no-fund --loglevel error && node clients.mjs) || status=1
else
  echo "left out: node or npm is not installed"
fi
if command -v mvn >/dev/null; then
  mvn -q -B dependency:build-classpath -Dmdep.outputFile=target/classpath &&
    java -cp "$(cat target/classpath)" Clients.java 2>target/java.err || status=1
else
  echo "left out: mvn is not installed"
fi
exit $status
