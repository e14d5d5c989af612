# Packages from the host's own sources, over IPv6, without starting what they bring.
# shellcheck shell=bash
: "${scripts:?}"
readonly POLICY=/usr/sbin/policy-rc.d

# install_packages CONCERN PACKAGE...: from the host's sources as they are now, with the mirror that is set.
install_packages() {
    local concern=$1 work mirror
    shift
    scratch_folder work /var/tmp
    mirror=$(sed -n 's/^mirror=//p' /etc/dualstack/engine 2>/dev/null || true)
    reachable_sources "$work/none" "$work/none" "$work" ${mirror:+"$mirror"} >/dev/null
    install_from "$concern" "$work" "$@"
}

# install_from CONCERN WORK PACKAGE...: from the sources in WORK. Remembers what comes in, so that it can go out
# again. A package with a question mark behind its name is left out where the sources have none of that name.
install_from() {
    local record=$STATE/$1.packages mark=$STATE/$1.installing work=$2 package packages=()
    shift 2
    touch "$mark"
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    forbid_starts
    trap 'allow_starts; remove_scratch' EXIT
    apt_get "$work" 300 update >/dev/null
    for package in "$@"; do
        [ "$package" = "${package%\?}" ] || is_available "$work" "${package%\?}" || continue
        packages+=("${package%\?}")
    done
    new_packages "$work" "${packages[@]}" >>"$record"
    sync "$record"
    apt_get "$work" 900 --yes --no-install-recommends install "${packages[@]}" >/dev/null
    allow_starts
    trap remove_scratch EXIT
    rm -f "$mark"
}

# was_interrupted CONCERN: an installation began and did not end well.
was_interrupted() { [ -e "$STATE/$1.installing" ]; }

# new_packages WORK PACKAGE...: what installing them would bring in. Asked beforehand, as unattended upgrades may
# bring in other packages meanwhile, such as a kernel, which must not go out with ours.
new_packages() {
    local work=$1
    shift
    apt_get "$work" 300 --simulate --no-install-recommends install "$@" | sed -nE 's/^Inst ([^ ]+) \(.*/\1/p'
}

remove_packages() {
    local record=$STATE/$1.packages packages
    [ -s "$record" ] || return 0
    mapfile -t packages < <(comm -12 <(sort -u "$record") <(known_to_dpkg))
    [ "${#packages[@]}" = 0 ] || quietly 300 "removing packages" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -o DPkg::Lock::Timeout="$BUSY_SECONDS" --yes purge "${packages[@]}"
    rm -f "$record"
}

is_available() {
    [ -n "$(apt-cache -o Dir::State::Lists="$1/lists" -o Dir::Cache="$1/cache" show "$2" 2>/dev/null)" ]
}

known_to_dpkg() { dpkg-query --show --showformat='${Package}\n' | sort -u; }

# apt_get WORK SECONDS ARGUMENT...: its output. Another apt may hold a lock at boot; both kinds of lock are waited
# for. An installation that was cut off half-way is finished first.
apt_get() {
    local work=$1 seconds=$2 output end=$((SECONDS + BUSY_SECONDS))
    shift 2
    until output=$(DEBIAN_FRONTEND=noninteractive bounded "$seconds" apt-get -q \
        -o Acquire::ForceIPv6=true -o Acquire::Retries=3 -o Acquire::http::Timeout=30 \
        -o DPkg::Lock::Timeout="$BUSY_SECONDS" -o APT::Update::Error-Mode=any \
        -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts="$work/sources.list.d" \
        -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" "$@" 2>&1); do
        if grep -q 'dpkg was interrupted' <<<"$output" && [ "$SECONDS" -lt "$end" ]; then
            quietly 600 "finishing an interrupted installation" \
                env DEBIAN_FRONTEND=noninteractive dpkg --configure --pending
        elif ! grep -qE 'Could not (get|open) lock|Unable to (lock|acquire)' <<<"$output" || [ "$SECONDS" -ge "$end" ]; then
            printf '%s\n' "$output" | tail -n 20 >&2
            fail "apt-get failed over IPv6; can this host reach its package sources over IPv6?"
        fi
        sleep 5
    done
    printf '%s\n' "$output"
}

# reachable_sources STORE STAGED WORK [MIRROR]: a copy of the host's sources in WORK, those staged with it, in
# which everything is reached over IPv6. Prints the host's own files that would have to differ.
reachable_sources() {
    mkdir -p "$3/sources.list.d"
    touch "$3/sources.list"
    wait_for_cloud_init
    python3 "$scripts/apt_sources.py" "$@" || fail "these package sources cannot be reached over IPv6 (see above)"
}

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
