# An nft table of our own, and the unit that loads it before docker.
# shellcheck shell=bash
# TABLE: its name; TABLE_FILE: where its rules are; TABLE_UNIT: what loads it.
: "${scripts:?}" "${concern:?}" "${TABLE:?}" "${TABLE_FILE:?}" "${TABLE_UNIT:?}"
# shellcheck source=packages.sh
. "$scripts/packages.sh"

# Loads what is in the file, in the place of what was loaded before.
load_table() {
    local output
    install_nft
    output=$(nft --check --file "$TABLE_FILE" 2>&1) || fail "nft cannot read the table: $output"
    quietly 20 "enabling the filter" systemctl enable --quiet "$TABLE_UNIT"
    quietly 30 "loading the filter" systemctl reload-or-restart "$TABLE_UNIT"
    has_table || fail "the filter's table is not there; see \`journalctl -u $TABLE_UNIT\`"
}

# What a unit that goes does at its end is in its file: before that goes.
drop_table() {
    drop_unit "$TABLE_UNIT"
    ! has_table || nft delete table ip6 "$TABLE"
}

# Whether it is loaded with the rules of the file, or need not be.
table_is_loaded() { [ ! -f "$TABLE_FILE" ] || { unit_is_right "$TABLE_UNIT" && has_wanted_rules; }; }

# What they look like when nft lists them is seen in a network namespace of its own, where they filter nothing.
has_wanted_rules() {
    # shellcheck disable=SC2016 # the inner shell's
    [ "$(nft --stateless list table ip6 "$TABLE" 2>/dev/null)" = "$(unshare --net sh -c \
        'nft --file "$2" && nft --stateless list table ip6 "$1"' sh "$TABLE" "$TABLE_FILE" 2>/dev/null)" ]
}

has_table() { nft list table ip6 "$TABLE" >/dev/null 2>&1; }

drop_unit() {
    ! unit_exists "$1" || systemctl disable --quiet --now "$1" || true
    rm -f "/etc/systemd/system/"*".wants/$1"
}

install_nft() {
    ! was_interrupted "$concern" && command -v nft >/dev/null && return
    install_packages "$concern" nftables
}
