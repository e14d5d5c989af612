#!/bin/sh
# Installs packages as a layer over an image, from the packages held on it. Runs in a mount namespace of its
# own, so no mount is left. $1 lower directory, $2 directory that gets the layer, $3 work directory (same
# filesystem), then package names.
set -eu
lower=$1
layer=$2
work=$3
shift 3

merged=$work/merged
mkdir -p "$layer" "$work/work" "$merged"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$layer,workdir=$work/work" "$merged"
mount -t proc proc "$merged/proc"
mount --bind /dev "$merged/dev"
DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
    chroot "$merged" apt-get -q -y --no-install-recommends install "$@"
chroot "$merged" apt-get -q clean
umount "$merged/dev" "$merged/proc" "$merged"
