# dockerd with the wanted daemon.json, docker0 with the wanted IPv6 address or none, and the networks.
# shellcheck shell=bash
: "${scripts:?}"
# shellcheck source=networks.sh
. "$scripts/networks.sh"
readonly DAEMON=/etc/docker/daemon.json

apply() {
    local wanted changed
    wanted=$(cat; printf .)
    wanted=${wanted%.}
    check "$wanted"
    changed=$(printf '%s' "$wanted" | write_files)
    remove_stale_networks
    if grep -q '^/etc/systemd/' <<<"$changed"; then
        systemctl daemon-reload
        quietly 20 "enabling the containers' start" systemctl enable --quiet dualstack-containers.service
    fi
    quietly 20 "enabling docker" systemctl enable --quiet docker.service docker.socket
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
    systemctl disable --quiet --now dualstack-containers.service 2>/dev/null || true
    local changed
    remove_all_networks
    changed=$(restore_files)
    [ -n "$changed" ] || { say "nothing to give back" && return; }
    systemctl daemon-reload
    if systemctl is-active --quiet docker.service; then
        # Twice: at the first start dockerd makes docker0 from its own memory, IPv6 and all, and forgets then.
        restart_docker
        restart_with_new_bridge
    fi
    say "docker is as it was found"
}

wish() { sed -n "s/^$1=//p" /etc/dualstack/docker; }

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
    root=$(mktemp -d)
    printf '%s' "$1" | host_files stage "$root"
    problem=$(daemon_json_problem "$root$DAEMON"; stale_networks_problem "$root$NETWORKS")
    rm -rf "$root"
    [ -z "$problem" ] || fail "$problem; nothing was changed"
}

# dockerd reads the candidate first, where it can (Engine 23 and later).
daemon_json_problem() {
    local output
    [ -f "$1" ] && dockerd --help 2>/dev/null | grep -q -- --validate || return 0
    output=$(bounded 30 dockerd --validate --config-file "$1" 2>&1) ||
        echo "dockerd cannot read the wanted $DAEMON: $(tail -n 1 <<<"$output")"
}

# A docker0 that is there already keeps its old IPv6 subnet over a restart, so it goes first.
start_docker() {
    local expected
    restart_docker
    bridge_is_right || restart_with_new_bridge
    expected=$(wish bridge)
    bridge_is_right || fail "docker0 has $(bridge_now), and not ${expected:-no IPv6 address}; see \`journalctl -u docker\`"
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

bridge_is_right() { [ "$(bridge_now)" = "$(wish bridge)" ]; }
bridge_now() { ip -6 -oneline address show dev docker0 scope global 2>/dev/null | awk '{print $4}'; }
