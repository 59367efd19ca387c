#!/bin/sh
# Deploys the engine to Cloudflare and looks after it: ./deploy-cloudflare.sh help
if ! command -v node >/dev/null; then
  echo 'Node 20 or newer is needed, and no node is on the PATH: https://nodejs.org' >&2
  exit 1
fi
# A link to this file may lie elsewhere. Node resolves it: not every machine has readlink.
project=$(node -p 'require("path").dirname(require("fs").realpathSync(process.argv[1]))' "$0") || exit 1
exec node "$project/scripts/setup.mjs" scripts/deploy/main.ts "$@"
