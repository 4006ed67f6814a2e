#!/usr/bin/env bash
# Prints where the Python environment of Schemathesis is: outside of the tree, one for each list of requirements.
set -euo pipefail
cd "$(dirname "$0")"
printf '%s/plexichat/schemathesis-%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}" "$(cksum <requirements.txt | cut -d ' ' -f 1)"
