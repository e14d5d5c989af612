# The host's user-defined Docker networks: there as wanted, and no others of ours. Sourced by docker.sh.
# shellcheck shell=bash
readonly NETWORKS=/etc/dualstack/networks
readonly NETWORK_LABEL=dualstack.network

# stale_networks_problem DIRECTORY: the wanted networks are in the directory.
stale_networks_problem() { foreign_containers_problem "$(stale_networks "$1")"; }

# foreign_containers_problem NETWORKS: containers that were started by hand, on networks of ours that are to go or
# to change; one name on a line.
foreign_containers_problem() {
    local each foreign=()
    while read -r each; do
        [ -z "$each" ] || mapfile -t -O "${#foreign[@]}" foreign < <(foreign_containers_on "$each")
    done <<<"$1"
    [ "${#foreign[@]}" = 0 ] || echo "the networks ${1//$'\n'/, } are to go or to change, and containers that were started by hand are on them: ${foreign[*]}; take these off first (docker network disconnect, or docker rm)"
}

# Before anything new, as their subnets may be wanted elsewhere.
remove_stale_networks() {
    local each
    while read -r each; do
        remove_network "$each"
    done < <(stale_networks "$NETWORKS")
}

make_networks() {
    local each
    while read -r each; do
        network_is_right "$NETWORKS" "$each" || create_network "$each"
        device_is_right "$each" || mend_device "$each"
    done < <(wanted_networks)
}

remove_all_networks() {
    local each
    while read -r each; do
        remove_network "$each"
    done < <(our_networks)
}

networks_are_right() {
    local each
    [ -z "$(stale_networks "$NETWORKS")" ] || return 1
    while read -r each; do
        network_is_right "$NETWORKS" "$each" || return 1
        device_is_right "$each" || return 1
    done < <(wanted_networks)
}

# The host's own address on a network, which dockerd gives its bridge once, and the route that goes with it.
device_is_right() {
    ip -6 -oneline address show dev "$(device_of "$1")" scope global | grep -qF " $(host_address_on "$1") " &&
        ip -6 route show exact "$(network_values "$1" ipv6)" dev "$(device_of "$1")" | grep -q .
}

mend_device() {
    ip -6 address delete "$(host_address_on "$1")" dev "$(device_of "$1")" 2>/dev/null || true
    quietly 10 "giving the bridge of $1 its address" \
        ip -6 address add "$(host_address_on "$1")" dev "$(device_of "$1")" nodad
}

device_of() { network_values "$1" option | sed -n 's/^com.docker.network.bridge.name=//p'; }
host_address_on() { echo "$(network_values "$1" ipv6_gateway)/$(network_values "$1" ipv6 | sed 's|.*/||')"; }

stale_networks() {
    local each
    while read -r each; do
        network_is_right "$1" "$each" || echo "$each"
    done < <(our_networks)
}

wanted_networks() { ! [ -d "$NETWORKS" ] || ls "$NETWORKS"; }

# None while dockerd is down: then none is in the way either.
our_networks() {
    docker info >/dev/null 2>&1 || return 0
    docker network ls --filter "label=$NETWORK_LABEL" --format '{{.Name}}'
}

network_is_right() {
    [ -f "$1/$2" ] && [ "$(network_label "$2")" = "$(sha256sum "$1/$2" | cut -c -12)" ]
}

network_label() { docker network inspect --format "{{index .Labels \"$NETWORK_LABEL\"}}" "$1" 2>/dev/null || true; }
network_values() { sed -n "s/^$2=//p" "$NETWORKS/$1"; }

create_network() {
    local value arguments
    ! docker network inspect "$1" >/dev/null 2>&1 ||
        fail "a docker network called $1 was made by hand; rename it, or declare another name"
    arguments=(--driver bridge --ipv6 --label "$NETWORK_LABEL=$(sha256sum "$NETWORKS/$1" | cut -c -12)")
    arguments+=(--subnet "$(network_values "$1" ipv6)" --gateway "$(network_values "$1" ipv6_gateway)")
    value=$(network_values "$1" ipv6_range)
    [ -z "$value" ] || arguments+=(--ip-range "$value")
    value=$(network_values "$1" ipv4)
    case $value in
    '') ;;
    none) arguments+=(--ipv4=false) ;;
    *) arguments+=(--subnet "$value") ;;
    esac
    value=$(network_values "$1" ipv4_gateway)
    [ -z "$value" ] || arguments+=(--gateway "$value")
    while read -r value; do
        arguments+=(--opt "$value")
    done < <(network_values "$1" option)
    quietly 60 "making the network $1" docker network create "${arguments[@]}" "$1"
}

# Declared containers go on running without it; their own steps connect them to what they are to have. One that has
# no other network is made anew by its step: Docker connects none whose first network is gone.
remove_network() {
    local each
    while read -r each; do
        if [ "$(docker container inspect --format '{{len .NetworkSettings.Networks}}' "$each")" -gt 1 ]; then
            quietly 30 "taking $each off the network $1" docker network disconnect --force "$1" "$each"
        else
            systemctl stop "dualstack-container@$each.service" 2>/dev/null || true
            quietly 60 "removing the container $each, whose network goes" docker rm --force "$each"
        fi
    done < <(containers_on "$1" | grep -Fxf <(declared_containers) || true)
    quietly 60 "removing the network $1" docker network rm "$1"
}

# `docker network inspect` shows only containers that run.
containers_on() { docker ps --all --filter "network=$1" --format '{{.Names}}'; }
declared_containers() { docker ps --all --filter label=dualstack.spec --format '{{.Names}}'; }
foreign_containers_on() { containers_on "$1" | grep -vFxf <(declared_containers) || true; }
