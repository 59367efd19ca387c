#!/usr/bin/env bash
# A Python that OpenHands and generated connectors run on (3.12 or newer, with venv), for the tests of both: from
# Debian's packages where none is found and they may be installed. Where there is none after that, it is told here
# at once, and not after minutes of other steps.
set -euo pipefail
cd "$(dirname "$0")/../.."

isThere() {
  node --input-type=module --eval \
    "import { findPython } from './tests/support/openhands-agent-server-install.ts'; process.exitCode = findPython() === undefined ? 1 : 0;"
}

if isThere; then exit 0; fi
if ((EUID == 0)) && command -v apt-get >/dev/null; then
  apt-get update -qq
  for python in python3.13 python3.12 python3.14; do
    if apt-get install -y -qq --no-install-recommends "$python" "$python-venv"; then break; fi
  done
  if isThere; then exit 0; fi
fi
echo "Python >= 3.12 with venv is needed, and there is: $(python3 --version 2>/dev/null || echo none). Install it, or let pyenv have it." >&2
exit 1
