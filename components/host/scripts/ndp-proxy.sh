# A service that answers neighbour solicitation for the containers' prefix on the link.
# shellcheck shell=bash
readonly PROXY_UNIT=dualstack-ndp-proxy.service

apply() {
    local changed
    changed=$(write_files)
    if [ -z "$changed" ] && unit_is_right "$PROXY_UNIT"; then
        say "unchanged"
        return
    fi
    systemctl daemon-reload
    quietly 20 "enabling the proxy" systemctl enable --quiet "$PROXY_UNIT"
    # It says when it answers: the unit is started then.
    quietly 30 "starting the proxy" systemctl restart "$PROXY_UNIT"
    say "$(systemctl show --property=StatusText --value "$PROXY_UNIT")"
}

remove() {
    if unit_exists "$PROXY_UNIT"; then
        systemctl disable --quiet --now "$PROXY_UNIT" || true
    fi
    [ -z "$(restore_files)" ] || systemctl daemon-reload
    systemctl reset-failed "$PROXY_UNIT" 2>/dev/null || true
    say "nobody answers for the containers any more"
}
