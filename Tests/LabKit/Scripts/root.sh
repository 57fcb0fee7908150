#!/bin/bash
# root.sh CACHE: makes the one Debian tree that all guests boot from, once, and prints its path.
# The tree's version is the digest of this recipe, so that an edit here makes a new one.
set -euo pipefail

cache=$1
recipe=$(sha256sum <<<"${BASH_EXECUTION_STRING:-}" | cut -c 1-12)
root=$cache/bookworm-$recipe

mkdir -p -m 0700 "$cache"
exec 9>"$cache/lock"
flock 9 # two test runs at once: the second waits for the tree of the first
# A tree that no recipe of the last week has asked for is of no use any more.
find "$cache" -maxdepth 1 -name 'bookworm-*' ! -path "$root" -mtime +7 -exec rm -rf --one-file-system {} +
if [ -d "$root" ]; then
  touch "$root"
  echo "$root"
  exit 0
fi
rm -rf --one-file-system "$cache"/building.*
building=$(mktemp -d "$cache/building.XXXXXX")
trap 'rm -rf --one-file-system "$building"' EXIT
chmod 0755 "$building"

# The mirror and the proxy that this machine's apt uses are known to work here.
mirror=${AZLIN_LAB_MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null |
  grep -m 1 '/debian/*$' || true)}
proxy=$(apt-config dump --format '%v%n' Acquire::http::Proxy 2>/dev/null || true)
if [ -n "$proxy" ]; then export http_proxy=$proxy; fi

packages=systemd,systemd-sysv,dbus,openssh-server,iproute2,procps,logrotate,cron,sudo,libnss-myhostname
if ! debootstrap --variant=minbase --include="$packages" bookworm "$building" \
  "${mirror:-http://deb.debian.org/debian}" >"$cache/debootstrap.log" 2>&1; then
  echo "debootstrap failed: see $cache/debootstrap.log" >&2
  tail -n 3 "$cache/debootstrap.log" >&2
  exit 1
fi

# Keys come from outside, bound in at start: a guest keeps its identity over a power cut though its tree is volatile.
rm -f "$building"/etc/ssh/ssh_host_*
mkdir -p "$building/etc/ssh/lab"
cat >"$building/etc/ssh/sshd_config" <<'CONFIG'
HostKey /etc/ssh/lab/host_ed25519
AuthorizedKeysFile /etc/ssh/lab/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
UsePAM no
UseDNS no
PrintMotd no
MaxStartups 1000:30:2000
MaxSessions 1000
Subsystem sftp internal-sftp
CONFIG

# dash starts faster than bash, and is what the probe script must cope with.
chroot "$building" useradd --create-home --shell /bin/dash --password '*' ops
chroot "$building" useradd --create-home --shell /bin/dash --password '*' viewer
chroot "$building" usermod --shell /bin/dash root
echo 'ops ALL=(ALL) NOPASSWD: ALL' >"$building/etc/sudoers.d/ops"
chmod 0440 "$building/etc/sudoers.d/ops"

# networkd mends a link that was set down when it is restarted, as a real guest's network service would.
ln -sf /lib/systemd/system/systemd-networkd.service "$building/etc/systemd/system/multi-user.target.wants/"
# Nothing may clean the lab's old files, or spend time, behind a test's back.
for unit in systemd-tmpfiles-clean.timer apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
  e2scrub_all.timer fstrim.timer console-getty.service systemd-networkd-wait-online.service; do
  ln -sf /dev/null "$building/etc/systemd/system/$unit"
done
# Both are copies of this machine's; the name is given at start.
rm -f "$building/etc/hostname" "$building/etc/resolv.conf"
rm -rf "$building"/var/cache/apt/archives/*.deb "$building"/var/lib/apt/lists/*
: >"$building/etc/machine-id"

mv "$building" "$root"
trap - EXIT
echo "$root"
