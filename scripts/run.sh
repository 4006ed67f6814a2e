#!/usr/bin/env bash
# Builds the web client and the server, and serves on localhost: `make run`.
#
# Arguments are handed to `plexichat serve`. The first build takes several minutes on two cores.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh run

# The web client is built again only when one of its files is newer than what was built.
built=web/dist/index.html
sources=(web/src web/public web/index.html web/package-lock.json web/vite.config.*)
existing=()
for source in "${sources[@]}"; do [ ! -e "$source" ] || existing+=("$source"); done
if [ ! -e "$built" ] || [ -n "$(find "${existing[@]}" -newer "$built" -print -quit)" ]; then
    echo "run: building the web client"
    (cd web && npm run --silent build)
fi

binary=${CARGO_TARGET_DIR:-target}/release/plexichat
[ -x "$binary" ] || echo "run: building the server (the first time takes several minutes on two cores)"
cargo build --release -p plexichat --features embed-web
exec "$binary" serve "$@"
