#!/bin/sh
# Makes a fresh root directory into a host of the lab. Runs outside of it, with the directory as $1, the
# files to put there as $2, the certificate authority to trust as $3, and after that the packages that go into
# /var/lib/lab-packages, from where they are moved to the lab's mirror.
set -eu
root=$1
files=$2
authority=$3
shift 3

tar -C "$files" --owner=0 --group=0 -cf - . | tar -C "$root" -xf -

cp "$authority" "$root/usr/local/share/ca-certificates/lab.crt"
chroot "$root" update-ca-certificates >/dev/null

# A machine of the lab reaches no mirror but the lab's own.
chroot "$root" apt-get -q clean
cp --remove-destination /etc/resolv.conf "$root/etc/resolv.conf" # bookworm's systemd-resolved took its place
chroot "$root" apt-get -q -y --no-install-recommends --download-only install "$@"
mkdir -p "$root/var/lib/lab-packages"
mv "$root"/var/cache/apt/archives/*.deb "$root/var/lib/lab-packages/"
rm -rf "$root"/etc/apt/sources.list "$root"/var/lib/apt/lists/*

for program in /usr/lib/netplan/generate /usr/libexec/netplan/generate /usr/libexec/netplan/configure; do
    [ -f "$root$program" ] || continue
    chroot "$root" dpkg-divert --quiet --local --rename --divert "$program.netplan" --add "$program"
    ln -s /usr/local/lib/lab/netplan-generator "$root$program"
done

for unit in "$root"/usr/lib/systemd/system/cloud-init*.service \
    "$root/usr/lib/systemd/system/cloud-config.service" "$root/usr/lib/systemd/system/cloud-final.service"; do
    [ -f "$unit" ] || continue
    drop_in="$root/etc/systemd/system/${unit##*/}.d"
    mkdir -p "$drop_in"
    printf '[Service]\nEnvironment=PYTHONPATH=/usr/local/lib/lab/python\n' >"$drop_in/lab.conf"
done

chroot "$root" systemctl --quiet enable lab-sysfs.service systemd-networkd.service systemd-resolved.service
chroot "$root" systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer
printf 'LANG=C.UTF-8\n' >"$root/etc/default/locale"
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"

# Each machine finds its own identity at its first boot.
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/hostname" "$root/var/lib/dbus/machine-id"
: >"$root/etc/machine-id"
