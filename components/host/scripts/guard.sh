# A change of the host's network that reverts by itself, unless a new SSH session confirms it in time.
# One at a time on a host. Its state is a file that changes its name, so that of a confirmation and the timer one
# alone wins: pending, then confirmed, or reverting and reverted. The concern gives `checks`, which says in $reason
# what is not right, and `summary`.
# shellcheck shell=bash disable=SC2034
: "${scripts:?}" "${concern:?}" "${store:?}"
# shellcheck source=revert.sh
. "$scripts/revert.sh"
change=${change:-}
seconds=${seconds:-}
[ -v targets ] || targets=()

# guarded VERB: the change on standard input, applied or taken away; ends before anybody has confirmed it.
guarded() {
    wanted=$(cat; printf .)
    wanted=${wanted%.}
    [ "$1" = apply ] || wanted=$'=== end\n'  # no files
    [[ $change =~ ^[0-9a-f]{8}$ && $seconds =~ ^[1-9][0-9]*$ ]] ||
        fail "use $1 $concern CHANGE SECONDS [TARGET...], with 8 hex digits that name this change, when it reverts," \
            "and addresses that must answer a ping afterwards, if they do before"
    refuse_pending
    take_lock
    refuse_pending
    refuse_failed
    finish_interrupted
    take_over_from_older
    nic=$(interface_of)
    if is_done "$1"; then
        host_files settle "$STATE/$store"
        say "unchanged"
        return
    fi
    check_renders "$1"
    forget_last
    save_confirmed
    note_before
    arm "$1"
    # Outside of the SSH session: a connection that breaks does not leave half of it done.
    bounded $((seconds + 60)) systemd-run --quiet --wait --collect --unit="$CHANGE_UNIT" \
        --property=TimeoutStopSec=2 "$scripts/network-change" >/dev/null 2>&1 || true
    report
}

# Only a confirmation ends the step.
settle_files() { :; }

# An older version's step was another resource, which Pulumi deletes once this one is made: the older scripts'
# `remove` then finds nothing that it could give back.
take_over_from_older() {
    if [ -d "$STATE/$concern" ] && [ ! -e "$STATE/$store" ]; then
        mv -T "$STATE/$concern" "$STATE/$store"
    fi
}

# Of this concern or the other.
refuse_pending() {
    if read_marker pending && systemctl is-active --quiet "$REVERT_UNIT.timer"; then
        fail "another network change is pending, reverts in $(seconds_left) s; nothing was changed; try again then"
    fi
    if read_marker reverting && systemctl is-active --quiet "$REVERT_UNIT.service"; then
        fail "another network change is being reverted; nothing was changed; try again in a minute"
    fi
}

refuse_failed() {
    [ ! -f "$GUARD/failed" ] ||
        fail "$(cat "$GUARD/failed"); find out why, then \`sudo rm $GUARD/failed\` on this host and try again"
}

finish_interrupted() {
    if [ -f "$GUARD/pending" ] || [ -f "$GUARD/reverting" ]; then
        warn "a network change was interrupted; reverting it first"
        "$scripts/network-revert" >/dev/null 2>&1 || true
    fi
    refuse_failed
    forget_restore
    rm -rf "$STATE/$store.saved"
}

interface_of() {
    local found
    found=$(sed -n 's/^interface=//p' <<<"$wanted")
    [ -n "$found" ] || found=$(sed -n 's/^interface=//p' "/etc/dualstack/$concern" 2>/dev/null || true)
    [ -n "$found" ] || found=$(ip -6 route show default | awk '{print $5; exit}')
    printf '%s' "$found"
}

is_done() {
    local differing
    if [ "$1" = remove ]; then
        [ ! -d "$STATE/$store" ]
    else
        differing=$(printf '%s' "$wanted" | host_files differs "$STATE/$store") || exit 1
        [ -z "$differing" ] || return 1
        before=$(network_state "$nic")
        # A gateway that is slow to answer is no reason to change the network once more.
        is_right 3
    fi
}

# check_renders VERB: netplan reads all files in a scratch root first, as they are going to be. What it cannot read, ours
# or somebody's, never becomes a change: netplan could not apply it, and not revert it either. In memory: that a disk is
# full is said later, with what to do.
check_renders() {
    local root output
    scratch_folder root /run
    mkdir -p "$root/etc" "$root/run"
    cp -a /etc/netplan "$root/etc/"
    if [ "$1" = remove ]; then
        host_files stage-found "$STATE/$store" "$root"
    else
        printf '%s' "$wanted" | host_files stage "$root"
    fi
    output=$(bounded 30 netplan generate --root-dir "$root" 2>&1) ||
        fail "netplan cannot read the wanted files, nothing was changed; mend what it names, then run" \
            "\`pulumi up\` again: ${output//"$root"/}"
}

# Not while a confirmation of it tidies up: that would take away what is made for this one.
forget_last() { flock "$GUARD_LOCK" rm -f "$GUARD"/{confirmed,reverted,applied,log}; }

save_confirmed() {
    local output
    output=$(printf '%s' "$wanted" | host_files save "$STATE/$store" 2>&1) ||
        not_begun "what is there now could not be saved: ${output##*$'\n'}"
}

note_before() {
    local known before answered
    before=$(network_state "$nic")
    mapfile -t known < <(acquaintances)
    answered=$(answering "${known[@]}" "${targets[@]}")
    into "$GUARD/before" printf '%s\n' "$before"
    into "$GUARD/answered" printf '%s' "${answered:+$answered$'\n'}"
    into "$GUARD/wanted" printf '%s' "$wanted"
}

# Before anything is touched: what restores it at a boot, the marker, the timer.
arm() {
    local output
    into "$GUARD/reason" too_late "$seconds"
    into "$RESTORE_UNIT" sed "s|@scripts@|$scripts|g" "$scripts/network-restore.service"
    output=$({ mkdir -p "${RESTORE_LINK%/*}" && ln -sf "$RESTORE_UNIT" "$RESTORE_LINK"; } 2>&1) ||
        not_begun "$RESTORE_LINK cannot be made: ${output##*: }"
    into "$GUARD/.pending" printf '%s\n' "$change $concern $1 $seconds $(($(uptime_seconds) + seconds)) $nic"
    sync
    mv -T "$GUARD/.pending" "$GUARD/pending"
    sync "$GUARD"
    systemctl reset-failed "$REVERT_UNIT.service" 2>/dev/null || true
    output=$(bounded 20 systemd-run --quiet --unit="$REVERT_UNIT" --on-active="$seconds" \
        --timer-property=AccuracySec=100ms "$scripts/network-revert" 2>&1) ||
        not_begun "the timer that reverts could not be armed: $output"
}

# into FILE COMMAND...: its output becomes the file, or nothing begins.
into() {
    local file=$1 output
    shift
    output=$({ mkdir -p "${file%/*}" && "$@" >"$file"; } 2>&1) || not_begun "$file cannot be written: ${output##*: }"
}

# not_begun WHY: what was made for a change that will not be made goes.
not_begun() {
    rm -rf "$STATE/$store.saved" "$GUARD"/{pending,.pending,before,answered,wanted,reason}
    forget_restore
    fail "$1; nothing was changed; mend that (on a full disk: make room), then run \`pulumi up\` again"
}

report() {
    until_true 90 is_decided || true
    if read_marker pending && [ -f "$GUARD/applied" ]; then
        say "$(summary)"
        echo "applied $change reverts in $(seconds_left) s"
        return
    fi
    [ ! -f "$GUARD/log" ] || tail -n 20 "$GUARD/log" >&2
    refuse_failed
    [ -f "$GUARD/reverted" ] || fail "what became of the change is not known; see \`networkctl status\`"
    fail "$(why_reverted); reverted, the network is as it was before; put that right and run \`pulumi up\` again"
}

is_decided() { [ -f "$GUARD/applied" ] && [ -f "$GUARD/pending" ] || [ -f "$GUARD/reverted" ] || [ -f "$GUARD/failed" ]; }

# What must be right once the concern is taken away.
checks_of_removal() {
    reason="IPv4 on $nic is not what it was"
    [ "$(ipv4_of "$(network_state "$nic")")" = "$(ipv4_of "$before")" ] || return 1
    reason="there is no IPv6 default route any more"
    [[ $before != *"6 default "* ]] || ip -6 route show default | grep -q .
}

ipv4_of() { grep '^4 ' <<<"$1" || true; }

# is_right SECONDS: tries for so long; says in $reason what is not right.
is_right() {
    local end=$((SECONDS + $1))
    until checks; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.3
    done
}

# The addresses beyond this host that it has to do with: ends of its TCP connections, and neighbours; at most 8.
acquaintances() {
    local address
    {
        ss --no-header --tcp --numeric state established | awk '{print $4}' | sed -E 's/:[0-9]+$//; s/[][]//g; s/^::ffff://'
        ip neigh show dev "$nic" | awk '/lladdr/ {print $1}'
    } | grep -v '^fe80:' | sort -u | while read -r address; do
        ip route get "$address" 2>/dev/null | grep -q " dev $nic " && echo "$address"
    done | head -n 8
}

# answering ADDRESS...: those that answer a ping.
answering() {
    local address
    for address; do
        { ping -n -c 2 -i 0.3 -W 1 "$address" >/dev/null 2>&1 && echo "$address"; } &
    done
    wait
}
