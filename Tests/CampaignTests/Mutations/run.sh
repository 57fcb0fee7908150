#!/bin/bash
# Shows that the campaign bites: puts one mutation after the other into a copy of the engine and runs seeds until one is
# caught. Prints a table; ends non-zero where a mutation does not apply any more, or is not caught.
#
# usage: Tests/CampaignTests/Mutations/run.sh [-n SEEDS] [NAME…]      (from anywhere in the repository)
set -u
seeds=400
if [ "${1:-}" = -n ]; then seeds=$2; shift 2; fi
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
copy=${AZLIN_MUTATION_COPY:-$(mktemp -d)/azlin}
mkdir -p "$copy"
# Sources only, and what was fetched already; the copy builds in a place of its own.
tar -C "$root" -cf - Package.swift Package.resolved Sources Tests 2>/dev/null | tar -C "$copy" -xf -
if [ ! -d "$copy/.build" ]; then
  mkdir -p "$copy/.build"
  for part in checkouts repositories artifacts workspace-state.json; do
    [ -e "$root/.build/$part" ] && cp -a "$root/.build/$part" "$copy/.build/"
  done
fi
cd "$copy" || exit 2
if [ $# -gt 0 ]; then names=("$@"); else names=(); for file in "$here"/*.patch; do names+=("$(basename "$file" .patch)"); done; fi
failed=0
printf '%-44s %-9s %s\n' mutation result 'first promise broken'
for name in "${names[@]}"; do
  rm -rf Sources/Autopilot && cp -a "$root/Sources/Autopilot" Sources/Autopilot
  if ! patch -s -p1 -F3 --no-backup-if-mismatch < "$here/$name.patch" > patch.log 2>&1; then
    printf '%-44s %-9s %s\n' "$name" 'STALE' 'the patch does not apply: renew it'
    failed=1
    continue
  fi
  if ! swift build -c release --product campaign > build.log 2>&1; then
    printf '%-44s %-9s %s\n' "$name" 'STALE' "it does not build: $(grep -m1 'error:' build.log)"
    failed=1
    continue
  fi
  timeout 900 "$(swift build -c release --show-bin-path)/campaign" --seeds "$seeds" --no-shrink > run.log 2>&1
  broken=$(grep -c '^BROKEN seed' run.log)
  if [ "$broken" -gt 0 ]; then
    printf '%-44s %-9s %s\n' "$name" "caught" "$(grep -m1 '^BROKEN seed' run.log | cut -c8-200) (and $((broken - 1)) more)"
  else
    printf '%-44s %-9s %s\n' "$name" 'SURVIVED' "$seeds seeds"
    failed=1
  fi
done
exit $failed
