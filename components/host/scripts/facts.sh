# What this host is, as JSON on standard output.
# shellcheck shell=bash
: "${scripts:?}"

apply() {
    local code=0 wishes
    # Only a host that was there before has any: what its preflight has to know.
    wishes=$(cat)
    command -v python3 >/dev/null || fail "python3 is not installed; install it, or use Ubuntu's or Debian's cloud image"
    python3 -c 'import yaml' 2>/dev/null || fail "python3-yaml is not installed; netplan brings it"
    if command -v cloud-init >/dev/null; then
        bounded "$BUSY_SECONDS" cloud-init status --wait >/dev/null 2>&1 || code=$?
        case $code in
        0) ;;
        2) tell_cloud_init_warning ;;
        *) refuse_cloud_init "$code" "$wishes" ;;
        esac
    fi
    if [ -n "$wishes" ]; then
        python3 "$scripts/preflight.py" "$STATE" <<<"$wishes" || leave_again
    fi
    python3 "$scripts/facts.py" "$STATE" "$wishes"
}

# A host that is refused at its first look keeps nothing of this program.
leave_again() {
    if [ -z "$(find "$STATE" -mindepth 1 -not -name gateway -print -quit)" ]; then
        remove >/dev/null
    fi
    exit 1
}

# On a host that was there before cloud-init has done its part, or not; the host works without it.
refuse_cloud_init() {
    if [ -n "$2" ]; then
        warn "cloud-init failed or is not done; see \`cloud-init status --long\`"
    elif [ "$1" = 124 ]; then
        fail "cloud-init was not done after $BUSY_SECONDS s; see \`cloud-init status --long\`"
    else
        fail "cloud-init failed; see \`cloud-init status --long\`"
    fi
}

# On EC2 a host with several addresses always has one, and it means nothing here. Standard output is the facts'.
tell_cloud_init_warning() {
    local status first
    status=$(bounded 60 cloud-init status --format json 2>/dev/null) || true
    if ! first=$(python3 "$scripts/cloud_init.py" <<<"$status" 2>/dev/null); then
        warn "cloud-init finished with warnings; see \`cloud-init status --long\`"
    elif [ -n "$first" ]; then
        warn "cloud-init finished with warnings; see \`cloud-init status --long\`; the first: $first"
    else
        say "cloud-init's warnings about its network are usual on EC2 and harmless here" >&2
    fi
}

# The last of the steps to go, and the scripts with it.
remove() {
    rm -rf "$STATE"
    rmdir /etc/dualstack 2>/dev/null || true
    rm -rf "${scripts%/*}"
    say "removed"
}
