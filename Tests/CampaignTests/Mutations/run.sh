#!/bin/bash
# Shows that the harness bites: puts one mutation after the other into a copy of the sources and lets those judge it that
# have to see it: the campaign, seed after seed until one is broken, or the tests that a patch names in a line
# `Judged by: FILTER`. Seeds that are broken without any mutation count for none. Prints a table; ends non-zero where a
# mutation does not apply any more, or is not caught.
#
# usage: Tests/CampaignTests/Mutations/run.sh [-n SEEDS] [NAME…]      (from anywhere in the repository)
# AZLIN_MUTATION_COPY=DIR keeps the copy and what was built in it, for the next time.
set -u
seeds=400
if [ "${1:-}" = -n ]; then seeds=$2; shift 2; fi
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
if [ -n "${AZLIN_MUTATION_COPY:-}" ]; then
  copy=$AZLIN_MUTATION_COPY
else
  copy=$(mktemp -d)/azlin
  trap 'rm -rf "$(dirname "$copy")"' EXIT
fi
mkdir -p "$copy/.build"
# Sources only, and what was fetched already; the copy builds in a place of its own.
rm -rf "$copy/Sources" "$copy/Tests" "$copy/themes" "$copy/original"
cp -a "$root/Package.swift" "$root/Package.resolved" "$root/Sources" "$root/Tests" "$root/themes" "$copy/"
mkdir "$copy/original" && cp -a "$copy/Sources" "$copy/original/"
for part in checkouts repositories artifacts workspace-state.json; do
  [ -e "$copy/.build/$part" ] || { [ -e "$root/.build/$part" ] && cp -a "$root/.build/$part" "$copy/.build/"; }
done
cd "$copy" || exit 2

row() { printf '%-46s %-9s %s\n' "$1" "$2" "$3"; }
why() { grep -m1 'error:' "$1" || tail -n 1 "$1"; }

# Builds the campaign as it stands in the copy.
campaign() { swift build -c release --product campaign >build.log 2>&1; }
seeds() { timeout 1800 "$(swift build -c release --show-bin-path)/campaign" --seeds "$seeds" --no-shrink "$@" >run.log 2>&1; }

if [ $# -gt 0 ]; then names=("$@"); else names=(); for file in "$here"/*.patch; do names+=("$(basename "$file" .patch)"); done; fi
failed=0
skip=
row mutation result 'first promise broken'
for name in "${names[@]}"; do
  patch=$here/$name.patch
  tests=$(sed -n 's/^Judged by: //p' "$patch")
  if [ -z "$tests" ] && [ -z "$skip" ]; then
    campaign || { row '(none)' STALE "it does not build: $(why build.log)"; exit 2; }
    seeds
    # Pair N is run by seed 2N.
    skip=$(awk '/^BROKEN seed /{print $3 + 0} /^BROKEN pair /{print 2 * $3}' run.log | sort -un | paste -sd, -)
    row '(none)' "$([ -z "$skip" ] && echo clean || echo broken)" "$seeds seeds${skip:+; left out from here on: $skip}"
    skip=${skip:-0}
  fi
  if ! patch -s -p1 -F3 --no-backup-if-mismatch <"$patch" >patch.log 2>&1; then
    row "$name" STALE 'the patch does not apply: renew it'
    failed=1
  elif [ -n "$tests" ]; then
    if timeout 3000 swift build --build-tests >build.log 2>&1; then
      timeout 600 swift test --skip-build --disable-xctest --no-parallel --filter "$tests" >run.log 2>&1
      broken=$(grep -cE '^. Test .* failed after' run.log)
      if [ "$broken" -gt 0 ]; then
        row "$name" caught "$(grep -m1 -oE 'Test ".*" failed' run.log) (of $tests)"
      else
        row "$name" SURVIVED "$(grep -m1 'Test run' run.log)"
        failed=1
      fi
    else
      row "$name" STALE "it does not build: $(why build.log)"
      failed=1
    fi
  elif ! campaign; then
    row "$name" STALE "it does not build: $(why build.log)"
    failed=1
  else
    seeds --skip "$skip" --first
    if grep -q '^BROKEN' run.log; then
      row "$name" caught "$(grep -m1 '^BROKEN' run.log | cut -c8-200)"
    else
      row "$name" SURVIVED "$seeds seeds"
      failed=1
    fi
  fi
  for changed in $(sed -nE 's,^\+\+\+ b/([^[:space:]]+).*,\1,p' "$patch"); do cp -a "original/$changed" "$changed"; done
done
exit $failed
