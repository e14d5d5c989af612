# Forwarding of IPv6, on before dockerd starts. That of IPv4 is dockerd's, which drops by default what is forwarded
# only where it turned that on itself; here its value is only kept, for the end.
# shellcheck shell=bash
readonly FORWARDING=(net.ipv6.conf.default.forwarding net.ipv6.conf.all.forwarding)
readonly TURNED_ON_BY_DOCKERD=net.ipv4.ip_forward

apply() {
    local changed
    keep_found_values
    changed=$(write_files)
    if [ -z "$changed" ] && values_are_on; then
        say "unchanged"
        return
    fi
    quietly 20 "sysctl" sysctl --quiet --load=/etc/sysctl.d/99-dualstack.conf
    values_are_on || fail "forwarding is still off: another file sets it; see \`grep -r forward /etc/sysctl*\`"
    say "forwarding is on for IPv6"
}

remove() {
    restore_files >/dev/null
    [ ! -f "$STATE/forwarding" ] || quietly 20 "sysctl" sysctl --quiet --load="$STATE/forwarding"
    rm -f "$STATE/forwarding"
    say "forwarding is as it was found"
}

keep_found_values() {
    local key
    [ ! -f "$STATE/forwarding" ] || return 0
    for key in "$TURNED_ON_BY_DOCKERD" "${FORWARDING[@]}"; do
        printf '%s = %s\n' "$key" "$(sysctl -n "$key")"
    done >"$STATE/forwarding.new"
    sync "$STATE/forwarding.new"
    mv "$STATE/forwarding.new" "$STATE/forwarding"
}

values_are_on() { [ "$(sysctl -n "${FORWARDING[@]}" | sort -u)" = 1 ]; }
