#!/bin/sh
# Deploys the engine to Cloudflare and looks after it: ./deploy-cloudflare.sh help
exec node "$(dirname "$0")/scripts/setup.mjs" scripts/deploy/main.ts "$@"
