#!/bin/bash
# own-address.sh ADDRESS: the host's own IPv6 address on its first network interface, at every boot until the host
# is set up. For an interface that holds a prefix and no address: cloud-init does not look at prefixes, and without
# an address nobody could log in over IPv6. Run by cloud-init (bootcmd) before sshd starts.
set -uo pipefail
readonly ADDRESS=$1
readonly FROM_CLOUD_INIT=/etc/netplan/50-cloud-init.yaml
# Ends like cloud-init's own file: whoever takes that one away takes this one, too, and gives both back.
readonly ADDED=/etc/netplan/55-own-address-cloud-init.yaml
readonly AWS_GATEWAY=fe80:ec2::1

main() {
    local device
    [ -f "$FROM_CLOUD_INIT" ] || return 0 # somebody else has taken over the network
    device=$(until_printed 20 leading_out)
    [ -n "$device" ] || return 1
    add_to_netplan
    ip -6 address replace "$ADDRESS/128" dev "$device" nodad
    [ -n "$(until_printed 10 ip -6 route show default)" ] ||
        ip -6 route replace default via "$AWS_GATEWAY" dev "$device" onlink
}

# The kernel has the address from here on; this is for whoever has netplan's files applied again.
add_to_netplan() {
    local id
    id=$(sed -nE '/^ +ethernets:/,$s/^ +"?([a-zA-Z0-9_.-]+)"?:$/\1/p' "$FROM_CLOUD_INIT" | sed -n '2p')
    [ -n "$id" ] || return 0
    (
        umask 077
        cat >"$ADDED" <<EOF
# Written at boot by the user data: AWS gave the interface a prefix, and this is the host's own address in it.
network:
  version: 2
  ethernets:
    $id:
      addresses: ["$ADDRESS/128"]
EOF
    )
    netplan generate
}

leading_out() { { ip -4 route show default; ip -6 route show default; } | sed -nE '1s/.* dev ([^ ]+).*/\1/p'; }

# until_printed SECONDS COMMAND...: what it prints, once it prints something.
until_printed() {
    local end=$((SECONDS + $1)) text
    shift
    while text=$("$@"); [ -z "$text" ] && [ "$SECONDS" -lt "$end" ]; do
        sleep 0.2
    done
    printf '%s\n' "$text"
}

main
