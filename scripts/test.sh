#!/usr/bin/env bash
# Everything that CI runs: `make test`. With names of stages, only those: scripts/test.sh tidy clippy
#
# Each stage prints its name and its time; a failing one does not keep the others from running, and
# the table at the end says which failed and how to run it alone.
set -uo pipefail
cd "$(dirname "$0")/.."

profile=default
[ -z "${CI:-}" ] || profile=ci

# Only when asked for, because they need more of the network: see scripts/deny.sh.
optional=(deny advisories)
# Stages in their order: those that fail fast first, then what they build on.
stages=(setup format tidy web-lint web-types web-test web-build web-size clippy codegen rust-test schemathesis e2e)

stage_setup() { scripts/setup.sh test; }
stage_format() { cargo fmt --all --check; }
stage_tidy() { cargo run --quiet -p xtask -- tidy; }
stage_web-lint() { npm_run lint && npm_run i18n:check && npm_run contrast; }
stage_web-types() { npm_run typecheck; }
stage_web-test() { npm_run test; }
stage_web-build() { npm_run build; }
stage_web-size() { npm_run size; }
stage_clippy() { cargo clippy --quiet --workspace --all-targets --all-features -- -D warnings; }
stage_codegen() { cargo run --quiet -p xtask -- codegen --check; }
stage_rust-test() { cargo nextest run --workspace --profile "$profile"; }
stage_deny() { scripts/deny.sh; }
stage_advisories() { scripts/deny.sh advisories; }
stage_schemathesis() {
    # The program that people run, held to the document it serves.
    cargo build --quiet -p plexichat || return
    "$(scripts/schemathesis/environment.sh)/bin/python" scripts/schemathesis/run.py \
        "${CARGO_TARGET_DIR:-$PWD/target}/debug/plexichat"
}
stage_e2e() {
    # The browser talks to the program that people run, with the web client inside.
    cargo build --quiet -p plexichat --features embed-web || return
    PLEXICHAT_BIN=${CARGO_TARGET_DIR:-$PWD/target}/debug/plexichat npm_run e2e
}

npm_run() { (cd web && npm run --silent "$1" </dev/null); }

if [ $# -gt 0 ]; then
    for name in "$@"; do
        [[ " ${stages[*]} ${optional[*]} " == *" $name "* ]] \
            || { echo "no stage $name; there are: ${stages[*]} and, when asked for, ${optional[*]}" >&2; exit 2; }
    done
    stages=("$@")
fi

table=''
failed=()
began=$SECONDS
for name in "${stages[@]}"; do
    printf '\n=== %s\n' "$name"
    from=$SECONDS
    if "stage_$name" </dev/null; then result=ok; else result=FAILED; failed+=("$name"); fi
    took=$((SECONDS - from))
    printf -- '--- %s: %s, %d s\n' "$name" "$result" "$took"
    table+=$(printf '  %-12s %-7s %5d s' "$name" "$result" "$took")$'\n'
    # Without what it installs, the rest would fail for reasons of no interest.
    [ "$name" != setup ] || [ "$result" = ok ] || break
done

printf '\n%s' "$table"
if [ "${#failed[@]}" -gt 0 ]; then
    echo "make test: FAILED in ${failed[*]} (again alone: scripts/test.sh ${failed[*]}), $((SECONDS - began)) s"
    exit 1
fi
echo "make test: everything passed, $((SECONDS - began)) s"
