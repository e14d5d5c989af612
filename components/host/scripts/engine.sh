# Docker, installed where there is none, and not started before its configuration is there.
# shellcheck shell=bash
: "${scripts:?}"
readonly SETTINGS=/etc/dualstack/engine
declare -A PACKAGES=(
    [docker.io]='docker.io docker-cli?' # Debian 13 and later have the client in a package of its own.
    [docker-ce]='docker-ce docker-ce-cli containerd.io'
)

apply() {
    # shellcheck source=packages.sh
    . "$scripts/packages.sh"
    local wanted work
    wanted=$(cat; printf .)
    wanted=${wanted%.}
    if is_here && ! is_ours; then
        [[ $wanted != "=== /"* ]] || warn "docker $(engine_version) was here before; where packages come from is left alone"
    else
        scratch_folder work /var/tmp
        printf '%s' "$wanted" | host_files stage "$work/root"
        prepare "$work" "$wanted"
        if ! is_here || was_interrupted engine; then install "$work"; fi
    fi
    tell_reboot
    printf '{"engine": "%s"}\n' "$(engine_version)"
}

remove() {
    # shellcheck source=packages.sh
    . "$scripts/packages.sh"
    # The docker step goes before this one, unless this one alone is replaced: containers would go with the packages.
    if [ -d "$STATE/docker" ]; then
        say "docker stays, as it is configured"
        return
    fi
    if is_ours; then
        systemctl stop docker.socket docker.service containerd.service 2>/dev/null || true
        ! ip link show docker0 >/dev/null 2>&1 || ip link delete docker0
        remove_packages engine
        # The package makes this group, and leaves it behind.
        [ ! -e "$STATE/engine.group" ] || groupdel docker 2>/dev/null || true
        rm -f "$STATE/engine.package" "$STATE/engine.group"
        restore_files >/dev/null
        say "removed; images and volumes are kept in /var/lib/docker"
        return
    fi
    say "docker was here before and stays"
}

# Packages that came in, or that were there before, may want one; nothing here does.
tell_reboot() {
    local reasons
    reasons=$(bash "$scripts/reboot-needed" | paste -sd ';' | sed 's/;/; /g')
    [ -z "$reasons" ] || warn "this host needs a reboot: $reasons"
}

is_here() { command -v dockerd >/dev/null && command -v docker >/dev/null; }
is_ours() { [ -s "$STATE/engine.packages" ] || was_interrupted engine; }
engine_version() { dockerd --version | sed -nE 's/^Docker version ([0-9]+(\.[0-9]+)*).*/\1/p'; }

# setting WORK NAME [DEFAULT]: of the wanted settings.
setting() {
    local value
    value=$(sed -n "s/^$2=//p" "$1/root$SETTINGS" 2>/dev/null || true)
    echo "${value:-${3:-}}"
}

# prepare WORK WANTED: the files the host keeps, and in WORK the sources to install from. What cannot be is said
# before anything is changed.
prepare() {
    local work=$1 wanted=$2 mirror changed=''
    refuse_other_package "$(setting "$work" package docker.io)"
    mirror=$(setting "$work" mirror)
    if ! is_here || was_interrupted engine || [ "$(setting "$work" scope)" = host ]; then
        changed=$(reachable_sources "$STATE/engine" "$work/root" "$work" ${mirror:+"$mirror"})
        [ -z "$changed" ] || warn "package sources without IPv6 were replaced: $(replaced "$changed")"
    fi
    [ "$(setting "$work" scope)" = host ] || changed=
    # What is changed comes before the line that ends the files.
    printf '%s%s=== end\n' "${wanted%$'=== end\n'}" "${changed:+$changed$'\n'}" | write_files >/dev/null
}

replaced() { sed -n 's/^=== \(\S*\) .*/\1/p' <<<"$1" | paste -sd ' '; }

# The package is a choice for the life of a host: the two cannot stand side by side.
refuse_other_package() {
    local installed
    is_here && is_ours || return 0
    installed=$(cat "$STATE/engine.package" 2>/dev/null || echo docker.io)
    [ "$installed" = "$1" ] || fail "$installed was installed on this host, and dockerPackage is $1 now; set it" \
        "back to $installed, or replace the host"
}

install() {
    local package packages
    package=$(setting "$1" package docker.io)
    echo "$package" >"$STATE/engine.package"
    getent group docker >/dev/null || touch "$STATE/engine.group"
    read -ra packages <<<"${PACKAGES[$package]}"
    install_from engine "$1" "${packages[@]}"
    command -v docker >/dev/null || fail "$package is installed, and there is no docker command"
    warn "installed $package $(engine_version) over IPv6"
}
