#!/usr/bin/env bash
# A Python that OpenHands runs on (3.12 or newer, with venv), for the tests against it: from Debian's packages
# where none is found and they may be installed. Where there is none after that, the tests say so.
set -euo pipefail
cd "$(dirname "$0")/../.."

isThere() {
  node --input-type=module --eval \
    "import { findPython } from './tests/support/openhands-agent-server-install.ts'; process.exitCode = findPython() === undefined ? 1 : 0;"
}

if isThere || ((EUID != 0)) || ! command -v apt-get >/dev/null; then exit 0; fi
apt-get update -qq
for python in python3.13 python3.12 python3.14; do
  if apt-get install -y -qq --no-install-recommends "$python" "$python-venv"; then break; fi
done
