# An nft table of our own before the containers: ICMPv6 and the declared ports come in, nothing else.
# shellcheck shell=bash
: "${scripts:?}"
readonly FILTER_UNIT=dualstack-filter.service

apply() {
    local changed
    changed=$(write_files)
    if [ ! -f /etc/dualstack/filter.nft ]; then
        drop_table
        [ -z "$changed" ] || systemctl daemon-reload
        say "no filter: the security group alone decides"
        return
    fi
    install_nft
    if [ -z "$changed" ] && systemctl is-active --quiet "$FILTER_UNIT" && table_is_loaded; then
        say "unchanged"
        return
    fi
    output=$(nft --check --file /etc/dualstack/filter.nft 2>&1) || fail "nft cannot read the table: $output"
    systemctl daemon-reload
    quietly 20 "enabling the filter" systemctl enable --quiet "$FILTER_UNIT"
    quietly 30 "loading the filter" systemctl reload-or-restart "$FILTER_UNIT"
    table_is_loaded || fail "the table is not there; see \`journalctl -u $FILTER_UNIT\`"
    say "containers are open for ICMPv6 and $(grep -oE '(tcp|udp) dport [0-9]+' /etc/dualstack/filter.nft |
        wc -l) declared port(s), for nothing else"
}

remove() {
    if unit_exists "$FILTER_UNIT"; then
        systemctl disable --quiet --now "$FILTER_UNIT" || true
    fi
    drop_table
    [ -z "$(restore_files)" ] || systemctl daemon-reload
    say "removed"
}

table_is_loaded() { nft list table ip6 dualstack >/dev/null 2>&1; }

drop_table() {
    ! table_is_loaded || nft delete table ip6 dualstack
    rm -f "/etc/systemd/system/multi-user.target.wants/$FILTER_UNIT"
}

install_nft() {
    # shellcheck source=packages.sh
    . "$scripts/packages.sh"
    ! was_interrupted filter && command -v nft >/dev/null && return
    install_packages filter nftables
}
