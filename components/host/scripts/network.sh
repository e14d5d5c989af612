# The host's own address, static, with no DHCPv6, no lease and no router advertisement. The change is guarded.
# shellcheck shell=bash
: "${scripts:?}"
# shellcheck source=guard.sh
. "$scripts/guard.sh"
readonly WISHES=/etc/dualstack/network

apply() {
    local wanted applied=
    wanted=$(cat; printf .)
    wanted=${wanted%.}
    refuse_pending
    check_renders "$wanted"
    ipv4_before=$(ipv4_state "$(wish_in "$wanted" interface)")
    guarded_apply "$wanted"
    if [ -z "$applied" ]; then
        say "unchanged"
        return
    fi
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

wish() { sed -n "s/^$1=//p" "$WISHES"; }

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
