#!/usr/bin/env bash
# Python with venv, which the test of the webhook receivers needs, and Go >= 1.25, which generated connectors need,
# too: from Debian's packages where they are missing and may be installed. A Go that is too old, as Debian's may
# well be, is told here at once, and not after minutes of other steps.
set -euo pipefail

hasGo() {
  local version
  version=$(go version 2>/dev/null) || return 1
  [[ $version =~ go([0-9]+)\.([0-9]+) ]] && ((BASH_REMATCH[1] > 1 || BASH_REMATCH[2] >= 25))
}

packages=()
python3 -c 'import venv, ensurepip' 2>/dev/null || packages+=(python3-venv)
command -v go >/dev/null || packages+=(golang-go)
if ((${#packages[@]} > 0 && EUID == 0)) && command -v apt-get >/dev/null; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi

if ! hasGo; then
  echo "Go >= 1.25 is needed on PATH, and there is: $(go version 2>/dev/null || echo none). Install a release of go.dev." >&2
  exit 1
fi
if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
  echo "python3 with venv is needed on PATH, and there is: $(python3 --version 2>/dev/null || echo none)." >&2
  exit 1
fi
