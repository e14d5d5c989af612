# Images over IPv6: a registry that this host cannot reach is named before, or after, docker tries for minutes.
# shellcheck shell=bash

# pull IMAGE: does nothing where the image is here.
pull() {
    local output
    docker image inspect "$1" >/dev/null 2>&1 && return
    refuse_ipv4_only_registry "$1"
    output=$(bounded 600 docker pull --quiet "$1" 2>&1) && return
    printf '%s\n' "$output" | tail -n 20 >&2
    # What a registry sends on to may be on another name, and that without IPv6.
    if grep -qE 'dial tcp [0-9]+\.[0-9]+\.[0-9]+\.[0-9]+:' <<<"$output"; then
        fail "pulling $1 failed over IPv4, as a name on the way has no IPv6 address; $WAYS_OUT"
    fi
    fail "pulling $1 failed"
}

readonly WAYS_OUT="take the image from a registry with IPv6, or through a cache or mirror that has it; or give the \
host a way to IPv4: a subnet with nat64, or connect: ipv4; or load the image on the host with \`docker load\`"

# registry_of IMAGE: host and port of the registry it names; empty for Docker's own, whose mirrors dockerd knows.
registry_of() {
    local first=${1%%/*}
    case $1 in
    docker.io/* | index.docker.io/*) return ;;
    */*) ;;
    *) return ;;
    esac
    case $first in
    localhost | *.* | *:*) echo "$first" ;;
    esac
}

refuse_ipv4_only_registry() {
    local registry host port ipv4
    registry=$(registry_of "$1")
    [ -n "$registry" ] && [ -z "$(docker info --format '{{.HTTPSProxy}}' 2>/dev/null)" ] || return 0
    host=${registry%:*}
    [[ $registry == *:* ]] && port=${registry##*:} || port=443
    host=${host#[}
    host=${host%]}
    [ -z "$(look_up ahostsv6 "$host")" ] || return 0
    ipv4=$(look_up ahostsv4 "$host")
    [ -n "$ipv4" ] || return 0
    ! bounded 5 bash -c "exec 3<>/dev/tcp/${ipv4%% *}/$port" 2>/dev/null || return 0
    fail "registry $host has no IPv6 address, only an A record ($ipv4), which this host does not reach; $WAYS_OUT"
}

# look_up DATABASE NAME: of one family, without those of the other in its form.
look_up() { getent "$1" "$2" | awk '{print $1}' | grep -v '^::ffff:' | sort -u | paste -sd ' ' || true; }
