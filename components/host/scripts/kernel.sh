# Forwarding of both families, on before dockerd starts: dockerd then need not turn it on by itself, and
# Engine 28 and later leave the FORWARD policy alone.
# shellcheck shell=bash
readonly FORWARDING=(net.ipv4.ip_forward net.ipv6.conf.default.forwarding net.ipv6.conf.all.forwarding)

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
    say "forwarding is on for IPv4 and IPv6"
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
    for key in "${FORWARDING[@]}"; do
        printf '%s = %s\n' "$key" "$(sysctl -n "$key")"
    done >"$STATE/forwarding.new"
    sync "$STATE/forwarding.new"
    mv "$STATE/forwarding.new" "$STATE/forwarding"
}

values_are_on() { [ "$(sysctl -n "${FORWARDING[@]}" | sort -u)" = 1 ]; }
