#!/usr/bin/env bash
# Python with venv and Go, which the test of the webhook receivers needs: from Debian's packages where they
# are missing and may be installed. Whether what is there is new enough is for the test to say.
set -euo pipefail

packages=()
python3 -c 'import venv, ensurepip' 2>/dev/null || packages+=(python3-venv)
command -v go >/dev/null || packages+=(golang-go)
if ((${#packages[@]} == 0)) || ((EUID != 0)) || ! command -v apt-get >/dev/null; then exit 0; fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${packages[@]}"
