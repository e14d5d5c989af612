# A change of the host's network reverts by itself: a timer is armed before anything is touched, and only a host
# that passes its checks disarms it. The step gives `checks`, which says in $reason what is not right.
# shellcheck shell=bash
: "${scripts:?}" "${concern:?}"
readonly REVERT_UNIT=dualstack-$concern-revert
readonly APPLY_UNIT=dualstack-network-apply
readonly PENDING=$STATE/$concern.pending
REVERT_SECONDS=${DUALSTACK_REVERT_SECONDS:-90}
reason=

# guarded_apply WANTED: sets $applied to what changed; empty when all was right before.
guarded_apply() {
    printf '%s' "$1" | host_files save "$STATE/$concern"
    arm
    applied=$(printf '%s' "$1" | write_files) || revert_now "the files could not be written"
    if [ -z "$applied" ] && is_right 1; then
        disarm
        return
    fi
    netplan_apply || revert_now "\`netplan apply\` failed"
    is_right 20 || revert_now "$reason"
    disarm
    applied=yes
}

# Called by the timer, or when a check failed.
revert() {
    host_files revert "$STATE/$concern"
    rm -f "$PENDING"
    netplan generate && netplan apply
}

wish_in() { printf '%s' "$1" | sed -n "s/^$2=//p"; }

# Of this step, or of another that changes the network.
refuse_pending() {
    local pending other
    for pending in "$STATE"/*.pending; do
        [ -f "$pending" ] || continue
        other=$(basename "$pending" .pending)
        if systemctl is-active --quiet "dualstack-$other-revert.timer"; then
            fail "another network change is pending and reverts by itself within $REVERT_SECONDS s; try again then"
        fi
        warn "a network change was interrupted; reverting it first"
        "$scripts/network-revert" "$other" >/dev/null 2>&1 ||
            fail "reverting the interrupted change failed; see \`journalctl -u dualstack-$other-revert\`"
    done
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
        "$scripts/network-revert" "$concern"
}

disarm() {
    systemctl stop "$REVERT_UNIT.timer" || fail "the timer could not be stopped; the change will revert"
    [ -f "$PENDING" ] || fail "the change took too long and was reverted"
    rm -rf "$PENDING" "$STATE/$concern.saved"
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

ipv4_state() {
    ip -4 -oneline address show dev "$1" scope global | awk '{print $4}' | sort
    ip -4 route show default | sed 's/ src.*//' | sort
}
