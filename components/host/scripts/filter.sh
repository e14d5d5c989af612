# Before the containers: an nft table of our own, and rules of ours that come before Docker's own.
# shellcheck shell=bash
: "${scripts:?}"
readonly TABLE=dualstack
readonly TABLE_FILE=/etc/dualstack/filter.nft
readonly TABLE_UNIT=dualstack-filter.service
readonly DOCKER_FILTER=/etc/dualstack/docker-filter
readonly DOCKER_FILTER_UNIT=dualstack-docker-filter.service
# Where the wanted files are looked at first.
staged=
# shellcheck source=nft_table.sh
. "$scripts/nft_table.sh"

apply() {
    local changed
    stage_wanted
    [ -f "$staged$TABLE_FILE" ] || drop_table
    [ -f "$staged$DOCKER_FILTER" ] || drop_docker_filter
    changed=$(write_files <"$staged/text")
    if [ -z "$changed" ] && is_loaded; then
        say "unchanged"
        return
    fi
    systemctl daemon-reload
    [ ! -f "$TABLE_FILE" ] || load_table
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
    scratch_folder staged
    cat >"$staged/text"
    host_files stage "$staged" <"$staged/text"
}

is_loaded() {
    table_is_loaded &&
        { [ ! -f "$DOCKER_FILTER" ] || { unit_is_right "$DOCKER_FILTER_UNIT" && docker_filter_is_right; }; }
}

# As with the table; and called before any other rule of somebody's.
docker_filter_is_right() {
    # shellcheck disable=SC2016 # the inner shell's
    [ "$(ip6tables --wait --list-rules DUALSTACK 2>/dev/null)" = "$(unshare --net sh -c \
        'ip6tables-restore --wait --noflush "$1" && ip6tables --wait --list-rules DUALSTACK' sh "$DOCKER_FILTER" \
        2>/dev/null)" ] &&
        [ "$(ip6tables --wait --list-rules DOCKER-USER 2>/dev/null | grep -m 1 '^-A')" = "-A DOCKER-USER -j DUALSTACK" ]
}

load_docker_filter() {
    quietly 20 "enabling the rules before Docker's" systemctl enable --quiet "$DOCKER_FILTER_UNIT"
    quietly 30 "loading the rules before Docker's" systemctl reload-or-restart "$DOCKER_FILTER_UNIT"
    # The jump to them is made when the unit starts, not when it loads them again.
    docker_filter_is_right || quietly 30 "loading the rules before Docker's" systemctl restart "$DOCKER_FILTER_UNIT"
}

drop_docker_filter() { drop_unit "$DOCKER_FILTER_UNIT"; }

what_is_open() {
    local text=
    if [ -f "$TABLE_FILE" ]; then
        if grep -q 'ct status dnat' "$TABLE_FILE"; then
            text="containers are reached on published ports of the host alone"
        elif grep -q 'counter drop' "$TABLE_FILE"; then
            text="containers are open for ICMPv6 and $(grep -cE '(tcp|udp) dport [0-9]+' "$TABLE_FILE" || true) declared \
port(s), for nothing else"
        else
            text="$(grep -c 'drop$' "$TABLE_FILE" || true) rule(s) beside Docker's own filter"
        fi
    fi
    [ ! -f "$DOCKER_FILTER" ] || text+="${text:+; }$(grep -c ACCEPT "$DOCKER_FILTER" || true) rule(s) before Docker's own"
    echo "${text:-no filter: the security group alone decides}"
}
