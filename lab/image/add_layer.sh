#!/bin/sh
# Installs packages as a layer over an image, from the mirror that its machines have. Runs in a mount namespace
# of its own, so no mount is left. $1 lower directory, $2 directory that gets the layer, $3 work directory (same
# filesystem), $4 the mirror's folder, then package names.
set -eu
lower=$1
layer=$2
work=$3
mirror=$4
shift 4

merged=$work/merged
mkdir -p "$layer" "$work/work" "$merged"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$layer,workdir=$work/work" "$merged"
mount -t proc proc "$merged/proc"
mount --bind /dev "$merged/dev"
mount --bind "$mirror" "$merged/mnt"
# Lists of packages are left out, as on a cloud's images.
mount -t tmpfs tmpfs "$merged/var/lib/apt/lists"
mount -t tmpfs tmpfs "$merged/tmp"
mkdir "$merged/tmp/sources"
sed 's,http://[^/]*,file:/mnt,' "$merged"/etc/apt/sources.list.d/*.sources >"$merged/tmp/sources/mirror.sources"
apt_get() {
    DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 chroot "$merged" \
        apt-get -q -o Dir::Etc::SourceParts=/tmp/sources -o APT::Sandbox::User=root "$@"
}
apt_get update
apt_get -y --no-install-recommends install "$@"
apt_get clean
umount "$merged/tmp" "$merged/var/lib/apt/lists" "$merged/mnt" "$merged/dev" "$merged/proc" "$merged"
