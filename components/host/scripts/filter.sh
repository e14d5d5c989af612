# Before the containers: an nft table of our own, and rules of ours that come before Docker's own.
# shellcheck shell=bash
: "${scripts:?}"
readonly FILTER_UNIT=dualstack-filter.service
readonly DOCKER_FILTER_UNIT=dualstack-docker-filter.service
readonly TABLE=/etc/dualstack/filter.nft
readonly DOCKER_FILTER=/etc/dualstack/docker-filter

apply() {
    local changed
    # What a unit that goes does at its end is in its file.
    stage_wanted
    [ -f "$staged$TABLE" ] || drop_table
    [ -f "$staged$DOCKER_FILTER" ] || drop_docker_filter
    changed=$(write_files <"$staged.text")
    rm -rf "$staged" "$staged.text"
    [ ! -f "$TABLE" ] || install_nft
    if [ -z "$changed" ] && is_loaded; then
        say "unchanged"
        return
    fi
    systemctl daemon-reload
    [ ! -f "$TABLE" ] || load_table
    [ ! -f "$DOCKER_FILTER" ] || load_docker_filter
    say "$(what_is_open)"
}

remove() {
    drop_table
    drop_docker_filter
    [ -z "$(restore_files)" ] || systemctl daemon-reload
    say "removed"
}

stage_wanted() {
    staged=$(mktemp -d)
    cat >"$staged.text"
    host_files stage "$staged" <"$staged.text"
}

is_loaded() {
    { [ ! -f "$TABLE" ] || { systemctl is-active --quiet "$FILTER_UNIT" && table_is_loaded; }; } &&
        { [ ! -f "$DOCKER_FILTER" ] || systemctl is-active --quiet "$DOCKER_FILTER_UNIT"; }
}

table_is_loaded() { nft list table ip6 dualstack >/dev/null 2>&1; }

load_table() {
    local output
    output=$(nft --check --file "$TABLE" 2>&1) || fail "nft cannot read the table: $output"
    quietly 20 "enabling the filter" systemctl enable --quiet "$FILTER_UNIT"
    quietly 30 "loading the filter" systemctl reload-or-restart "$FILTER_UNIT"
    table_is_loaded || fail "the table is not there; see \`journalctl -u $FILTER_UNIT\`"
}

load_docker_filter() {
    quietly 20 "enabling the rules before Docker's" systemctl enable --quiet "$DOCKER_FILTER_UNIT"
    quietly 30 "loading the rules before Docker's" systemctl reload-or-restart "$DOCKER_FILTER_UNIT"
}

drop_table() {
    drop_unit "$FILTER_UNIT"
    ! table_is_loaded || nft delete table ip6 dualstack
}

drop_docker_filter() { drop_unit "$DOCKER_FILTER_UNIT"; }

drop_unit() {
    ! unit_exists "$1" || systemctl disable --quiet --now "$1" || true
    rm -f "/etc/systemd/system/"*".wants/$1"
}

what_is_open() {
    local text=
    if [ -f "$TABLE" ]; then
        if grep -q 'ct status dnat' "$TABLE"; then
            text="containers are reached on published ports of the host alone"
        elif grep -q 'counter drop' "$TABLE"; then
            text="containers are open for ICMPv6 and $(grep -cE '(tcp|udp) dport [0-9]+' "$TABLE" || true) declared \
port(s), for nothing else"
        else
            text="$(grep -c 'drop$' "$TABLE" || true) rule(s) beside Docker's own filter"
        fi
    fi
    [ ! -f "$DOCKER_FILTER" ] || text+="${text:+; }$(grep -c ACCEPT "$DOCKER_FILTER" || true) rule(s) before Docker's own"
    echo "${text:-no filter: the security group alone decides}"
}

install_nft() {
    # shellcheck source=packages.sh
    . "$scripts/packages.sh"
    ! was_interrupted filter && command -v nft >/dev/null && return
    install_packages filter nftables
}
