# dockerd with the wanted daemon.json, and docker0 with the block's second address.
# shellcheck shell=bash
readonly DAEMON=/etc/docker/daemon.json

apply() {
    local wanted changed
    wanted=$(cat; printf .)
    wanted=${wanted%.}
    check_daemon_json "$wanted"
    changed=$(printf '%s' "$wanted" | write_files)
    if grep -q '^/etc/systemd/' <<<"$changed"; then
        systemctl daemon-reload
        quietly 20 "enabling the containers' start" systemctl enable --quiet dualstack-containers.service
    fi
    quietly 20 "enabling docker" systemctl enable --quiet docker.service docker.socket
    if ! grep -qx "$DAEMON" <<<"$changed" && systemctl is-active --quiet docker.service && bridge_is_right; then
        if [ -z "$changed" ]; then say "unchanged"; else say "the containers' units are up to date"; fi
        return
    fi
    start_docker
    say "docker $(docker version --format '{{.Server.Version}}') is up, docker0 has $(wish bridge)"
}

remove() {
    systemctl disable --quiet --now dualstack-containers.service 2>/dev/null || true
    local changed
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

# dockerd reads the candidate first, where it can (Engine 23 and later).
check_daemon_json() {
    local root output
    dockerd --help 2>/dev/null | grep -q -- --validate || return 0
    root=$(mktemp -d)
    printf '%s' "$1" | host_files stage "$root"
    output=$(bounded 30 dockerd --validate --config-file "$root$DAEMON" 2>&1) || {
        rm -rf "$root"
        fail "dockerd cannot read the wanted $DAEMON, nothing was changed: $(tail -n 1 <<<"$output")"
    }
    rm -rf "$root"
}

# A docker0 that is there already keeps its old IPv6 subnet over a restart, so it goes first.
start_docker() {
    restart_docker
    bridge_is_right || restart_with_new_bridge
    bridge_is_right || fail "docker0 has not got $(wish bridge); see \`journalctl -u docker\`"
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

bridge_is_right() {
    [ "$(ip -6 -oneline address show dev docker0 scope global 2>/dev/null | awk '{print $4}')" = "$(wish bridge)" ]
}
