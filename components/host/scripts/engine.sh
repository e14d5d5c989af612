# Docker, installed where there is none, and not started before its configuration is there.
# shellcheck shell=bash
: "${scripts:?}"

apply() {
    local packages
    if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then
        # shellcheck source=packages.sh
        . "$scripts/packages.sh"
        mapfile -t packages < <(packages_needed)
        install_packages engine "${packages[@]}"
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

# Debian 13 and later have the client in a package of its own.
packages_needed() {
    echo docker.io
    ! apt-cache show docker-cli 2>/dev/null | grep -q '^Package: docker-cli$' || echo docker-cli
}

engine_version() { dockerd --version | sed -nE 's/^Docker version ([0-9]+(\.[0-9]+)*).*/\1/p'; }
