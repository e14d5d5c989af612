# Docker, installed where there is none, and not started before its configuration is there.
# shellcheck shell=bash
: "${scripts:?}"

apply() {
    # shellcheck source=packages.sh
    . "$scripts/packages.sh"
    if was_interrupted engine || ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then
        # Debian 13 and later have the client in a package of its own.
        install_packages engine docker.io 'docker-cli?'
        command -v docker >/dev/null || fail "docker.io is installed, and there is no docker command"
        warn "installed docker.io $(engine_version) from the host's own package sources"
    fi
    printf '{"engine": "%s"}\n' "$(engine_version)"
}

remove() {
    # shellcheck source=packages.sh
    . "$scripts/packages.sh"
    if [ -s "$STATE/engine.packages" ]; then
        systemctl stop docker.socket docker.service containerd.service 2>/dev/null || true
        ! ip link show docker0 >/dev/null 2>&1 || ip link delete docker0
        remove_packages engine
        say "removed; images and volumes are kept in /var/lib/docker"
        return
    fi
    say "docker was here before and stays"
}

engine_version() { dockerd --version | sed -nE 's/^Docker version ([0-9]+(\.[0-9]+)*).*/\1/p'; }
