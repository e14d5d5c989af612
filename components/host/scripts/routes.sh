# Routes of our own to containers, in a netplan file beside the host's own. The change is guarded.
# shellcheck shell=bash disable=SC2034
: "${scripts:?}"
# shellcheck source=guard.sh
. "$scripts/guard.sh"
readonly WISHES=/etc/dualstack/routes

apply() { guarded apply; }
remove() { guarded remove; }

summary() {
    if [ -d "$STATE/$store" ]; then
        echo "$(grep -c '^route=.* via ' "$WISHES") route(s) to other hosts' containers; unused addresses of this \
host's prefix are unreachable"
    else
        echo "the routes are gone"
    fi
}

# A next hop need not answer now: that host may be down, or not be made yet.
checks() {
    local nic line to hop
    nic=$(sed -n 's/^interface=//p' "$WISHES")
    while IFS= read -r line; do
        to=${line%% *} hop=${line#* }
        reason="there is no route to $to $hop on $nic; is that address on its link?"
        has_route "$nic" "$to" "$hop" || return 1
    done < <(sed -n 's/^route=//p' "$WISHES")
    reason="the addresses or default routes of $nic are not what they were"
    [ "$(network_state "$nic")" = "$before" ] || return 1
}

has_route() {
    if [ "$3" = unreachable ]; then
        ip -6 route show type unreachable exact "$2" | grep -q .
    else
        ip -6 route show exact "$2" dev "$1" | grep -qF "$3 "
    fi
}
