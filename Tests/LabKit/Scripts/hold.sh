#!/bin/bash
# hold.sh STATE: takes a free lab number, prints "NUMBER DIRECTORY", and holds it until standard input ends; then takes
# everything of that lab away. The end of the test process, however violent, ends the input.
# So does a TERM, which a cancelled test sends. What a killed holder left behind is found by its free lock and taken away by the next one.
set -uo pipefail
trap '' INT HUP # a Ctrl-C is for the test; the clean-up follows by itself

state=$1
count=512 # 198.18.0.0/15, set aside for benchmarks (RFC 2544), has 512 networks of /24

# The nspawn processes of one lab.
containers() {
  local pid
  for pid in $(pgrep -x systemd-nspawn); do
    if tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -q -- "^--machine=azlin-lab$1-"; then echo "$pid"; fi
  done
}

# All that bears the number in its name, whatever its state.
clean() {
  local number=$1 pid target name try
  for try in $(seq 100); do
    set -- $(containers "$number")
    [ $# -eq 0 ] && break
    # A killed init takes its whole guest with it; nspawn then ends by itself, and is made to if it does not.
    for pid in "$@"; do
      pkill -KILL -P "$pid" -x systemd
      [ "$try" -gt 20 ] && kill -KILL "$pid"
    done
    sleep 0.05
  done
  for name in $(ip -o link show | grep -o "azl${number}v[0-9]*" | sort -u); do ip link del "$name"; done
  for name in $(ip netns list | cut -d ' ' -f 1 | grep "^azlin-lab$number-"); do ip netns del "$name"; done
  cut -d ' ' -f 2 /proc/mounts | grep "^$state/$number/" | sort -r | while read -r target; do
    umount "$target" || umount -l "$target"
  done
  find /sys/fs/cgroup -depth -type d -path "*/azlin-lab$number-*" -exec rmdir {} +
  rm -rf --one-file-system "${state:?}/$number"
} 2>/dev/null

mkdir -p -m 0700 "$state"
# What lies here is run by root: nobody else may have made it first.
if [ -L "$state" ] || [ ! -O "$state" ]; then
  echo "$state belongs to somebody else: remove it" >&2
  exit 1
fi
cd /

for directory in "$state"/[0-9]*/; do
  number=$(basename "$directory")
  [ "$number" = '[0-9]*' ] && continue
  exec 9>"$state/$number.lock"
  flock -n 9 && clean "$number"
  exec 9>&-
done

first=$((RANDOM % count))
for offset in $(seq 0 $((count - 1))); do
  number=$(((first + offset) % count))
  exec 9>"$state/$number.lock"
  if flock -n 9; then
    # A cancelled test ends the input and sends a TERM: whichever comes second must not cut the clean-up of the first short.
    finish() { trap '' TERM EXIT; clean "$number"; exit 0; }
    trap finish EXIT TERM
    mkdir -m 0755 "$state/$number"
    echo "$number $state/$number"
    while read -r _; do :; done
    exit 0
  fi
done
echo "all $count lab numbers are taken: see $state" >&2
exit 1
