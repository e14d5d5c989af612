#!/bin/sh
# Becomes systemd-nspawn with one machine in it. Started by `unshare --mount --propagation slave`, so the
# overlay mounted here is seen by nobody else and goes with the last process of the machine.
#
# $1 machine name, $2 its network namespace, $3 its state directory, $4 image layers for overlayfs (top
# first), then a directory for each cgroup hierarchy.
set -eu
name=$1
namespace=$2
state=$3
layers=$4
shift 4

# With --keep-unit nspawn makes its payload under the starter's own cgroup: two machines must not share one.
for cgroup in "$@"; do
    mkdir -p "$cgroup"
    echo $$ >"$cgroup/cgroup.procs"
done

mkdir -p "$state/root" "$state/upper" "$state/work" "$state/docker" "$state/containerd"
mount -t overlay overlay \
    -o "lowerdir=$layers,upperdir=$state/upper,workdir=$state/work" "$state/root"

# unified hierarchy: systemd 258 and newer refuse the old one. API_VFS_WRITABLE=network: "1" would show the
# outer sysfs and networkd would wait for udev for ever. @keyring: runc makes a session key. Docker cannot
# put its own overlays on an overlay, so its directories are on the real disk.
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
exec systemd-nspawn --quiet --directory="$state/root" --machine="$name" --boot \
    --register=no --keep-unit --network-namespace-path="/run/netns/$namespace" \
    --capability=all --system-call-filter='@keyring bpf perf_event_open' \
    --resolv-conf=off --timezone=off --link-journal=no \
    --bind="$state/docker:/var/lib/docker" --bind="$state/containerd:/var/lib/containerd"
