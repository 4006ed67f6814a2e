#!/usr/bin/env bash
# Installs what `make run` or `make test` needs and is missing; says what it does, asks nothing.
#
#   scripts/setup.sh run     what it takes to build and serve
#   scripts/setup.sh test    that, and what the tests start: databases, vaults, a browser, real text, Schemathesis
#
# Runs again in a moment when everything is there. Debian packages are installed without starting
# a service: the tests start private instances on free ports and in temporary folders.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

case "${1:-}" in
    run | test) purpose=$1 ;;
    *) fail "say what for: scripts/setup.sh run, or scripts/setup.sh test" ;;
esac

# --- Rust and Node: the two things we do not install -------------------------------------------

need_version() { # name, found, least
    local lowest
    lowest=$(printf '%s\n%s\n' "$2" "$3" | sort -V | head -n 1)
    [ "$lowest" = "$3" ] || fail "$1 $2 is too old, $3 is the least: update it and run again"
}

command -v cargo >/dev/null || fail "Rust is missing: install it from https://rustup.rs and run again"
command -v node >/dev/null || fail "Node.js is missing: install version 20.19 or newer and run again"
command -v npm >/dev/null || fail "npm is missing: it comes with Node.js; install it and run again"
rust_least=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
need_version Rust "$(rustc --version | cut -d ' ' -f 2)" "$rust_least"
need_version Node.js "$(node --version | tr -d v)" 20.19

# --- Debian packages ---------------------------------------------------------------------------

have() { command -v "$1" >/dev/null; }
have_file() { compgen -G "$1" >/dev/null; }

python_makes_environments() { python3 -c 'import ensurepip, venv' 2>/dev/null; }

missing=()
need() { # packages… -- a command that succeeds when they are there
    local packages=()
    while [ "$1" != -- ]; do packages+=("$1"); shift; done
    shift
    "$@" || missing+=("${packages[@]}")
}

need gcc libc6-dev -- have cc
need make -- have make
if [ "$purpose" = test ]; then
    need postgresql -- have_file '/usr/lib/postgresql/*/bin/postgres'
    need mariadb-server-core mariadb-client-core -- have mariadbd
    need redis-server -- have redis-server
    need openssl -- have openssl
    need pebble -- have pebble-challtestsrv
    need softhsm2 -- have softhsm2-util
    need chromium -- have chromium
    need python3 python3-venv -- python_makes_environments
    # What people write in the tests is real text, in several languages and scripts.
    fortunes=/usr/share/games/fortunes
    need fortune-mod fortunes-min -- have_file "$fortunes/fortunes"
    need fortunes -- have_file "$fortunes/computers"
    for language in bg cs de eo es it pl ru; do
        need "fortunes-$language" -- have_file "$fortunes/$language/*"
    done
    need fortunes-zh -- have_file "$fortunes/chinese"
    need fonts-noto-core -- have_file '/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf'
    need fonts-noto-color-emoji -- have_file '/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf'
    need fonts-noto-cjk -- have_file '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'
fi

install_packages() {
    have apt-get || fail "missing: ${missing[*]} (names of Debian packages): install what your system calls them and run again"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        have sudo || fail "missing packages, and no right to install them: as root, run: apt-get install ${missing[*]}"
        as_root=(sudo)
        [ -t 0 ] || as_root=(sudo -n)
    fi
    say "installing ${missing[*]}"
    # Debian asks this file whether a service may be started: 101 says no.
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
        # shellcheck disable=SC2064 # the words of now are wanted
        trap "${as_root[*]} rm -f $policy" EXIT
    fi
    local quiet=(-qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)
    "${as_root[@]}" apt-get update "${quiet[@]}" || say "the package lists could not be updated, trying those at hand"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --no-install-recommends "${quiet[@]}" "${missing[@]}" </dev/null >/dev/null \
        || fail "apt-get could not install ${missing[*]}: its words are above"
}

[ "${#missing[@]}" -eq 0 ] || install_packages

# --- npm packages ------------------------------------------------------------------------------

# Either we installed from this very lock file, or npm did after it was last changed.
npm_is_current() {
    local installed=web/node_modules/.package-lock.json stamp=web/node_modules/.installed-from
    [ -e "$installed" ] || return 1
    [ web/package-lock.json -nt "$installed" ] || return 0
    [ "$(cat "$stamp" 2>/dev/null)" = "$(cksum <web/package-lock.json)" ]
}

if [ -e web/package-lock.json ] && ! npm_is_current; then
    say "installing the web client's packages (npm ci)"
    # A registry mirror may lack builds for other systems; npm then takes the lock file for incomplete and refuses
    # `npm ci`. `npm install --no-save` keeps to the same locked versions.
    (cd web && { npm ci --no-audit --no-fund --loglevel=silent </dev/null \
        || npm install --no-save --no-audit --no-fund --loglevel=error </dev/null; })
    cksum <web/package-lock.json >web/node_modules/.installed-from
fi

# --- programs of the test suite ----------------------------------------------------------------

if [ "$purpose" = test ]; then
    cargo fmt --version >/dev/null 2>&1 || { say "adding rustfmt"; rustup component add rustfmt; }
    cargo clippy --version >/dev/null 2>&1 || { say "adding clippy"; rustup component add clippy; }
    if ! cargo nextest --version >/dev/null 2>&1; then
        say "building cargo-nextest, the test runner (once, some minutes)"
        cargo install --quiet --locked cargo-nextest --version 0.9.143 </dev/null
    fi
fi

# --- Schemathesis, in a Python environment of its own -------------------------------------------

if [ "$purpose" = test ]; then
    environment=$(scripts/schemathesis/environment.sh)
    if [ ! -e "$environment/ready" ]; then
        say "installing Schemathesis, which holds the server to its OpenAPI document (once, a minute)"
        rm -rf "$environment"
        mkdir -p "$(dirname "$environment")"
        python3 -m venv "$environment"
        "$environment/bin/pip" install --quiet --disable-pip-version-check --no-input \
            --requirement scripts/schemathesis/requirements.txt </dev/null
        touch "$environment/ready"
    fi
fi

# --- OpenBao, whose transit engine is one of the vaults ------------------------------------------

if [ "$purpose" = test ] && [ ! -e "$(dirname "$(scripts/openbao.sh)")/ready" ]; then
    say "installing OpenBao, which keeps a root key in the tests (once, a minute)"
    scripts/openbao.sh --install >/dev/null
fi

# --- the commit hook ---------------------------------------------------------------------------

if [ -z "${CI:-}" ] && [ -d .git ] && ! git config --get core.hooksPath >/dev/null; then
    say "turning on the commit hook of .githooks (format and tidy, under two seconds)"
    git config core.hooksPath .githooks
fi
say "ready to $purpose"
