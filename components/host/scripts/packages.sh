# Packages from the host's own sources, over IPv6, without starting what they bring.
# shellcheck shell=bash
: "${scripts:?}"
readonly POLICY=/usr/sbin/policy-rc.d

# install_packages CONCERN PACKAGE...: remembers what came in, so that it can go out again. A package with a
# question mark behind its name is left out where the sources have none of that name.
install_packages() {
    local record=$STATE/$1.packages before work package packages=()
    shift
    work=$(mktemp -d)
    wait_for_cloud_init
    reachable_sources "$work"
    before=$(installed)
    forbid_starts
    trap 'allow_starts' EXIT
    apt_get "$work" 300 update
    for package in "$@"; do
        [ "$package" = "${package%\?}" ] || is_available "$work" "${package%\?}" || continue
        packages+=("${package%\?}")
    done
    apt_get "$work" 900 --yes --no-install-recommends install "${packages[@]}"
    allow_starts
    trap - EXIT
    comm -13 <(printf '%s\n' "$before") <(installed) >>"$record"
    rm -rf "$work"
}

remove_packages() {
    local record=$STATE/$1.packages packages
    [ -s "$record" ] || return 0
    mapfile -t packages <"$record"
    quietly 300 "removing packages" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -o DPkg::Lock::Timeout="$BUSY_SECONDS" --yes purge "${packages[@]}"
    rm -f "$record"
}

is_available() { [ -n "$(apt-cache -o Dir::State::Lists="$1/lists" show "$2" 2>/dev/null)" ]; }

installed() { dpkg-query --show --showformat='${db:Status-Abbrev}${Package}\n' | sed -n 's/^ii //p' | sort; }

# apt_get WORK SECONDS ARGUMENT...: another apt may hold a lock at boot; both kinds of lock are waited for.
apt_get() {
    local work=$1 seconds=$2 output end=$((SECONDS + BUSY_SECONDS))
    shift 2
    until output=$(DEBIAN_FRONTEND=noninteractive bounded "$seconds" apt-get -q \
        -o Acquire::ForceIPv6=true -o Acquire::Retries=3 -o Acquire::http::Timeout=30 \
        -o DPkg::Lock::Timeout="$BUSY_SECONDS" -o APT::Update::Error-Mode=any \
        -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts="$work/sources.list.d" \
        -o Dir::State::Lists="$work/lists" "$@" 2>&1); do
        if ! grep -qE 'Could not (get|open) lock|Unable to (lock|acquire)' <<<"$output" || [ "$SECONDS" -ge "$end" ]; then
            printf '%s\n' "$output" | tail -n 20 >&2
            fail "apt-get failed over IPv6; can this host reach its package sources over IPv6?"
        fi
        sleep 5
    done
}

# A copy of the host's sources, for this call only. EC2's regional mirrors have not always had an IPv6
# address; one that has none gives way to the mirror it stands for.
reachable_sources() {
    local host
    mkdir -p "$1/sources.list.d" "$1/lists/partial"
    touch "$1/sources.list"
    cp /etc/apt/sources.list "$1/" 2>/dev/null || true
    cp -r /etc/apt/sources.list.d/. "$1/sources.list.d/" 2>/dev/null || true
    while read -r host; do
        has_ipv6 "$host" || find "$1" -type f -exec sed -i "s/${host//./\\.}/${host#*.ec2.}/g" {} +
    done < <(grep -rhoE '[a-z0-9-]+\.ec2\.[a-z]+\.ubuntu\.com' "$1" | sort -u)
}

has_ipv6() { getent ahostsv6 "$1" | awk '{print $1}' | grep -qv '^::ffff:'; }

# Debian policy, 9.3.3: with exit code 101 a package does not start its services.
forbid_starts() {
    if [ -e "$POLICY" ] && ! grep -q dualstack "$POLICY"; then
        mv "$POLICY" "$POLICY.found"
    fi
    printf '#!/bin/sh\n# dualstack: dockerd starts once its configuration is there\nexit 101\n' >"$POLICY"
    chmod 755 "$POLICY"
}

allow_starts() {
    rm -f "$POLICY"
    [ ! -e "$POLICY.found" ] || mv "$POLICY.found" "$POLICY"
}

wait_for_cloud_init() {
    command -v cloud-init >/dev/null || return 0
    bounded "$BUSY_SECONDS" cloud-init status --wait >/dev/null 2>&1 || true
}
