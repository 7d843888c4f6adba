#!/bin/sh
# Makes types from schema.yml and compiles calls of every endpoint that a frontend relies on against them.
set -eu
cd "$(dirname "$0")"

# Reinstalled only when the lock has changed.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --silent
fi
npx --no-install openapi-typescript ../../schema.yml -o schema.d.ts >/dev/null
npx --no-install tsc --project tsconfig.json
echo "TypeScript: the schema's types fit every call."
