# dockerd with the wanted daemon.json, docker0 with the wanted IPv6 address or none, and the networks.
# shellcheck shell=bash
: "${scripts:?}"
# shellcheck source=networks.sh
. "$scripts/networks.sh"
readonly DAEMON=/etc/docker/daemon.json
# The address that docker0 once got from this step: it must not stay when it is no longer wanted.
readonly GIVEN=$STATE/docker0
# The keys of daemon.json that this step sets; further ones are somebody else's.
readonly KEYS=$STATE/docker-keys

apply() {
    local given wanted changed
    given=$(cat; printf .)
    given=${given%.}
    wanted=$(printf '%s' "$given" | daemon_json merge "$KEYS"; printf .)
    wanted=${wanted%.}
    check "$wanted"
    changed=$(printf '%s' "$wanted" | write_files)
    printf '%s' "$given" | daemon_json remember "$KEYS"
    remove_stale_networks
    bridge_is_right || clear_bridge
    if grep -q '^/etc/systemd/' <<<"$changed"; then
        systemctl daemon-reload
    fi
    quietly 20 "enabling docker" systemctl enable --quiet docker.service docker.socket dualstack-containers.service
    if grep -qx "$DAEMON" <<<"$changed" || ! systemctl is-active --quiet docker.service || ! bridge_is_right; then
        start_docker
        make_networks
        say "docker $(docker version --format '{{.Server.Version}}') is up, $(what_it_has)"
        return
    fi
    if [ -z "$changed" ] && networks_are_right; then
        say "unchanged"
        return
    fi
    make_networks
    say "$(what_it_has); docker was not restarted"
}

remove() {
    local changed problem
    problem=$(foreign_containers_problem "$(our_networks)")
    [ -z "$problem" ] || fail "$problem; nothing was changed"
    systemctl disable --quiet --now dualstack-containers.service 2>/dev/null || true
    remove_all_networks
    changed=$(restore_files)
    rm -f "$GIVEN" "$KEYS"
    [ -n "$changed" ] || { say "nothing to give back" && return; }
    systemctl daemon-reload
    if systemctl is-active --quiet docker.service; then
        # Twice: at the first start dockerd makes docker0 from its own memory, IPv6 and all, and forgets then.
        restart_docker
        restart_with_new_bridge
    fi
    say "docker is as it was found"
}

daemon_json() { python3 "$scripts/daemon_json.py" "$@"; }

# wish KEY [FILE]
wish() { sed -n "s/^$1=//p" "${2:-/etc/dualstack/docker}"; }

what_it_has() {
    local file text
    text="docker0 has $(wish bridge)"
    [ -n "$(wish bridge)" ] || text="docker0 has no IPv6"
    for file in "$NETWORKS"/*; do
        [ ! -f "$file" ] || text+=", network ${file##*/} has $(network_values "${file##*/}" ipv6)"
    done
    printf '%s\n' "$text"
}

# Before anything is changed.
check() {
    local root problem=
    scratch_folder root
    printf '%s' "$1" | host_files stage "$root"
    problem=$(
        daemon_json_problem "$root$DAEMON"
        forwarding_problem "$root$DAEMON"
        stale_networks_problem "$root$NETWORKS"
        live_restore_problem "$(wish bridge "$root/etc/dualstack/docker")"
    )
    [ -z "$problem" ] || fail "$problem; nothing was changed"
}

# dockerd reads the candidate first, where it can (Engine 23 and later).
daemon_json_problem() {
    local output
    [ -f "$1" ] && dockerd --help 2>/dev/null | grep -q -- --validate || return 0
    output=$(bounded 30 dockerd --validate --config-file "$1" 2>&1) ||
        echo "dockerd cannot read the wanted $DAEMON: $(tail -n 1 <<<"$output")"
}

# With its nftables backend dockerd turns no forwarding on, and does not start where it is off (Engine 29).
forwarding_problem() {
    grep -qE '"firewall-backend": *"nftables"' "$1" 2>/dev/null || return 0
    [ "$(sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding | sort -u)" = 1 ] ||
        echo "firewall-backend is nftables, and forwarding is off: dockerd would not start; set net.ipv4.ip_forward = 1 in /etc/sysctl.d, and find what turned off that of IPv6, with \`grep -r forward /etc/sysctl*\`"
}

# live_restore_problem ADDRESS: docker0 must be made anew for the wanted address, and containers would go on
# running without it.
live_restore_problem() {
    local foreign
    ! bridge_has "$1" && [ "$(docker info --format '{{.LiveRestoreEnabled}}' 2>/dev/null)" = true ] || return 0
    mapfile -t foreign < <(docker ps --filter network=bridge --format '{{.Names}}' | grep -vFxf <(declared_containers))
    [ "${#foreign[@]}" = 0 ] || echo "docker0 is to be made anew, and with live-restore containers that were started by hand would go on running without it: ${foreign[*]}; stop these first, or turn live-restore off"
}

# Declared containers on docker0 that shall have another address, or another network, get it from their own steps.
clear_bridge() {
    local each
    systemctl is-active --quiet docker.service || return 0
    while read -r each; do
        ! stays_on_bridge "$each" || continue
        systemctl disable --quiet --now "dualstack-container@$each.service" 2>/dev/null || true
        quietly 60 "removing the container $each, whose address goes" docker rm --force "$each"
    done < <(containers_on bridge | grep -Fxf <(declared_containers) || true)
}

# stays_on_bridge CONTAINER: its address is one of docker0's, so that its own step has nothing to do.
stays_on_bridge() {
    local address
    address=$(sed -n 's/^network=bridge //p' "/etc/dualstack/containers/$1" 2>/dev/null)
    python3 -c 'import sys; from ipaddress import *; sys.exit(ip_address(sys.argv[1]) not in ip_interface(sys.argv[2]).network)' \
        "$address" "$(wish bridge)" 2>/dev/null
}

# A docker0 that is there already keeps its old IPv6 subnet over a restart, so it goes first.
start_docker() {
    local expected
    expected=$(wish bridge)
    [ -z "$expected" ] || echo "$expected" >"$GIVEN"
    restart_docker
    bridge_is_right || restart_with_new_bridge
    bridge_is_right || fail "docker0 has $(bridge_now), and not ${expected:-no IPv6 address}; see \`journalctl -u docker\`"
    [ -n "$expected" ] || rm -f "$GIVEN"
}

# systemd counts starts, and after a few in a short time refuses the next.
restart_docker() {
    systemctl reset-failed docker.service 2>/dev/null || true
    quietly 120 "starting docker" systemctl restart docker.service
}

restart_with_new_bridge() {
    quietly 120 "stopping docker" systemctl stop docker.socket docker.service
    ! ip link show docker0 >/dev/null 2>&1 || ip link delete docker0
    systemctl reset-failed docker.service 2>/dev/null || true
    quietly 120 "starting docker" systemctl start docker.socket docker.service
}

bridge_is_right() { bridge_has "$(wish bridge)"; }

# bridge_has ADDRESS: without one, any that it has from somebody else is right.
bridge_has() { [ "$(bridge_now)" = "$1" ] || { [ -z "$1" ] && [ "$(bridge_now)" != "$(cat "$GIVEN" 2>/dev/null)" ]; }; }
bridge_now() { ip -6 -oneline address show dev docker0 scope global 2>/dev/null | awk '{print $4}'; }
