# The host's own address, static, with no DHCPv6, no lease and no router advertisement. The change is guarded.
# shellcheck shell=bash disable=SC2034
: "${scripts:?}"
# shellcheck source=guard.sh
. "$scripts/guard.sh"
readonly WISHES=/etc/dualstack/network

apply() { guarded apply; }
remove() { guarded remove; }

summary() {
    if [ -d "$STATE/$store" ]; then
        echo "$(wish interface) has $(wish address), gateway $(wish gateway), no DHCPv6"
    else
        echo "the network is as it was found"
    fi
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
    [ "$(ipv4_of "$(network_state "$nic")")" = "$(ipv4_of "$before")" ] || return 1
}

# Routers need not answer pings; the link-layer address in the table is proof enough. The kernel solicits three times, a
# second apart (RFC 4861, 10: MAX_MULTICAST_SOLICIT and RETRANS_TIMER).
gateway_answers() {
    ip neigh flush dev "$1" to "$2" 2>/dev/null || true
    ping -6 -c 1 -W 1 -I "$1" "$2" >/dev/null 2>&1 || until_true 3 is_known "$1" "$2"
}
is_known() { ip -6 neigh show dev "$1" to "$2" | grep -q lladdr; }
