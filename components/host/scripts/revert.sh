# Puts back what a network change found, and says what state a change is in.
# shellcheck shell=bash disable=SC2034
: "${scripts:?}"
GUARD=$STATE/guard
GUARD_LOCK=/run/lock/dualstack-guard.lock
CHANGE_UNIT=dualstack-network-change
REVERT_UNIT=dualstack-network-revert
RESTORE_UNIT=/etc/systemd/system/dualstack-network-restore.service
RESTORE_LINK=/etc/systemd/system/sysinit.target.wants/dualstack-network-restore.service

# The change in the state STATE, if there is one: its id, concern, verb, seconds, when it is due, its interface.
read_marker() {
    read -r m_change m_concern m_verb m_seconds m_due m_nic 2>/dev/null <"$GUARD/$1"
}

# No clock that anybody sets. Ticks are hundredths of a second, as in /proc/PID/stat (proc(5), USER_HZ).
uptime_seconds() { cut -d. -f1 /proc/uptime; }
uptime_ticks() { cut -d' ' -f1 /proc/uptime | tr -d .; }
seconds_left() {
    local left=$((m_due - $(uptime_seconds)))
    echo $((left > 0 ? left : 0))
}

why_late() {
    read_marker pending || return 0
    if [ -f "$GUARD/applied" ]; then
        too_late "$m_seconds"
    else
        printf 'it was not done within %s s' "$m_seconds"
    fi
}

too_late() { printf 'nobody confirmed it within %s s' "$1"; }

# revert REASON: not what is confirmed, nor what somebody else reverts already.
revert() {
    mv -T "$GUARD/pending" "$GUARD/reverting" 2>/dev/null || return 0
    sync "$GUARD"
    # On a full disk what `arm` wrote stays.
    [ "$1" = "$(why_reverted)" ] || printf '%s' "$1" >"$GUARD/reason" || echo "reverting, as $1"
    finish_revert
}

# What is no longer pending goes back whatever comes; harmless to repeat.
finish_revert() {
    read_marker reverting || return 0
    # Not this process, if it is the change that undoes itself.
    [ "${undoing_itself:-}" ] || systemctl stop "$CHANGE_UNIT.service" 2>/dev/null || true
    host_files revert "$STATE/guarded-$m_concern" || reboot_into_confirmed "its files could not be put back"
    if is_back || { restart_networkd && is_back; }; then
        systemctl stop "$REVERT_UNIT.timer" 2>/dev/null || true
        settle_revert
        return
    fi
    reboot_into_confirmed "also after a restart of systemd-networkd"
}

is_back() {
    bounded 30 netplan generate && bounded 30 netplan apply && until_true 15 is_as_before
}

restart_networkd() {
    echo "$m_concern: the network is not as it was before; restarting systemd-networkd"
    bounded 30 systemctl restart systemd-networkd.service
}

# Every address and every default route of before is there again.
is_as_before() { [ -z "$(comm -23 <(sort "$GUARD/before") <(network_state "$m_nic" | sort))" ]; }

# reboot_into_confirmed WHY: the unit at boot tries once more.
reboot_into_confirmed() {
    local line
    line="reverting network change $m_change failed, $1: rebooting"
    echo "$line"
    printf '%s' "$(date -u +%FT%TZ) $line; see \`journalctl -u $REVERT_UNIT\`" >"$GUARD/failed" || true
    sync
    systemctl reboot
    exit
}

settle_revert() {
    mv -T "$GUARD/reverting" "$GUARD/reverted"
    sync "$GUARD"
    forget_restore
    echo "$m_concern: change $m_change: $(why_reverted), reverted"
}

why_reverted() { grep . "$GUARD/reason" 2>/dev/null || echo "why found no room on the host's disk"; }

forget_restore() { rm -f "$RESTORE_LINK" "$RESTORE_UNIT"; }

# What must not get lost. Lifetimes, and the addresses that change by themselves, are left out.
network_state() {
    ip -4 -oneline address show dev "$1" scope global | awk '{print "4", $4}' | sort
    ip -4 route show default | sed 's/ src.*//; s/^/4 /' | sort
    ip -6 -oneline address show dev "$1" scope global | awk '!/ temporary / {print "6", $4}' | sort
    ip -6 route show default | sed -E 's/ expires [0-9]+sec//; s/^/6 /' | sort
}
