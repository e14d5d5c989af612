# What this host is, as JSON on standard output.
# shellcheck shell=bash
: "${scripts:?}"

apply() {
    local code=0
    command -v python3 >/dev/null || fail "python3 is not installed; install it, or use Ubuntu's or Debian's cloud image"
    python3 -c 'import yaml' 2>/dev/null || fail "python3-yaml is not installed; netplan brings it"
    if command -v cloud-init >/dev/null; then
        bounded "$BUSY_SECONDS" cloud-init status --wait >/dev/null 2>&1 || code=$?
        case $code in
        0) ;;
        2) warn "cloud-init finished with warnings; see \`cloud-init status --long\`" ;;
        124) fail "cloud-init was not done after $BUSY_SECONDS s; see \`cloud-init status --long\`" ;;
        *) fail "cloud-init failed; see \`cloud-init status --long\`" ;;
        esac
    fi
    python3 "$scripts/facts.py" "$STATE"
}

# The last of the steps to go, and the scripts with it.
remove() {
    rm -rf "$STATE"
    rmdir /etc/dualstack 2>/dev/null || true
    rm -rf "${scripts%/*}"
    say "removed"
}
