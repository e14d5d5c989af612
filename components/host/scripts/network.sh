# The host's own address, static, with no DHCPv6, no lease and no router advertisement. A change reverts by
# itself: a timer is armed before anything is touched, and only a host that passes its checks disarms it.
# shellcheck shell=bash
: "${scripts:?}"
readonly WISHES=/etc/dualstack/network
readonly REVERT_UNIT=dualstack-network-revert
readonly APPLY_UNIT=dualstack-network-apply
readonly PENDING=$STATE/network.pending
REVERT_SECONDS=${DUALSTACK_REVERT_SECONDS:-90}

apply() {
    local wanted changed
    wanted=$(cat; printf .)
    wanted=${wanted%.}
    refuse_pending
    check_renders "$wanted"
    ipv4_before=$(ipv4_state "$(wish_in "$wanted" interface)")
    printf '%s' "$wanted" | host_files save "$STATE/network"
    arm
    changed=$(printf '%s' "$wanted" | write_files) || revert_now "the files could not be written"
    if [ -z "$changed" ] && is_right 1; then
        disarm
        say "unchanged"
        return
    fi
    netplan_apply || revert_now "\`netplan apply\` failed"
    is_right 20 || revert_now "$reason"
    disarm
    say "$(wish interface) has $(wish address), gateway $(wish gateway), no DHCPv6"
}

remove() {
    local changed
    refuse_pending
    changed=$(restore_files)
    if [ -n "$changed" ]; then
        netplan_apply || fail "the files are as they were found, but \`netplan apply\` failed"
    fi
    say "the network is as it was found"
}

# Called by the timer, or when a check failed.
revert() {
    host_files revert "$STATE/network"
    rm -f "$PENDING"
    netplan generate && netplan apply
}

wish() { sed -n "s/^$1=//p" "$WISHES"; }
wish_in() { printf '%s' "$1" | sed -n "s/^$2=//p"; }

refuse_pending() {
    [ -f "$PENDING" ] || return 0
    if systemctl is-active --quiet "$REVERT_UNIT.timer"; then
        fail "another network change is pending and reverts by itself within $REVERT_SECONDS s; try again then"
    fi
    warn "a network change was interrupted; reverting it first"
    revert >/dev/null 2>&1 || fail "reverting the interrupted change failed; see \`journalctl -u $REVERT_UNIT\`"
}

# netplan reads the candidate in a scratch root first: what it cannot read never reaches the live files.
check_renders() {
    local root output
    root=$(mktemp -d)
    mkdir -p "$root/etc" "$root/run"
    cp -a /etc/netplan "$root/etc/"
    printf '%s' "$1" | host_files stage "$root"
    output=$(bounded 30 netplan generate --root-dir "$root" 2>&1) || {
        rm -rf "$root"
        fail "netplan cannot read the wanted files, nothing was changed: $output"
    }
    rm -rf "$root"
}

arm() {
    : >"$PENDING"
    sync "$PENDING"
    systemctl reset-failed "$REVERT_UNIT.service" 2>/dev/null || true
    quietly 20 "arming the timer that reverts" systemd-run --quiet --unit="$REVERT_UNIT" \
        --on-active="$REVERT_SECONDS" --timer-property=AccuracySec=100ms \
        "$scripts/network-revert"
}

disarm() {
    systemctl stop "$REVERT_UNIT.timer" || fail "the timer could not be stopped; the change will revert"
    [ -f "$PENDING" ] || fail "the change took too long and was reverted"
    rm -rf "$PENDING" "$STATE/network.saved"
}

revert_now() {
    systemctl stop "$REVERT_UNIT.timer" || true
    if revert >/dev/null 2>&1; then
        fail "$1; reverted, the network is as it was before"
    fi
    fail "$1; reverting failed too, see \`networkctl status\`"
}

# Outside of the SSH session: a connection that breaks does not leave half of it done.
netplan_apply() {
    local output
    output=$(bounded 90 systemd-run --quiet --wait --pipe --collect --unit="$APPLY_UNIT" \
        timeout 60 netplan apply 2>&1) && return
    printf '%s\n' "$output" | tail -n 5 >&2
    return 1
}

# is_right SECONDS: tries for so long; says in $reason what is not right.
is_right() {
    local end=$((SECONDS + $1))
    until checks; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.3
    done
}

checks() {
    local nic address gateway others
    nic=$(wish interface) address=$(wish address) gateway=$(wish gateway)
    others=$(ip -6 -oneline address show dev "$nic" scope global | awk '{print $4}' | grep -vFx "$address" || true)
    reason="$nic has not got $address"
    ip -6 -oneline address show dev "$nic" scope global -tentative | grep -qF " $address " || return 1
    reason="$nic still has ${others//$'\n'/ }"
    [ -z "$others" ] || return 1
    reason="the default route does not lead to $gateway alone"
    [ "$(ip -6 route show default | awk '{print $3, $5}')" = "$gateway $nic" ] || return 1
    reason="gateway $gateway does not answer neighbour solicitation"
    gateway_answers "$nic" "$gateway" || return 1
    reason="IPv4 on $nic is not what it was"
    [ "$(ipv4_state "$nic")" = "$ipv4_before" ] || return 1
}

# Routers need not answer pings; the link-layer address in the table is proof enough.
gateway_answers() {
    ip neigh flush dev "$1" to "$2" 2>/dev/null || true
    ping -6 -c 1 -W 1 -I "$1" "$2" >/dev/null 2>&1 && return
    ip -6 neigh show dev "$1" to "$2" | grep -q lladdr
}

ipv4_state() {
    ip -4 -oneline address show dev "$1" scope global | awk '{print $4}' | sort
    ip -4 route show default | sed 's/ src.*//' | sort
}
