# What this host is, as JSON on standard output.
# shellcheck shell=bash
: "${scripts:?}"
# shellcheck source=waiting.sh
. "$scripts/waiting.sh"

apply() {
    local wishes
    # Only a host that was there before has any: what its preflight has to know.
    wishes=$(cat)
    command -v python3 >/dev/null || fail "python3 is not installed; install it, or use Ubuntu's or Debian's cloud image"
    python3 -c 'import yaml' 2>/dev/null || fail "python3-yaml is not installed; netplan brings it"
    WAIT_END=$((SECONDS + BUSY_SECONDS))
    wait_for_cloud_init "$wishes"
    wait_until_free apt_ends 1 ||
        fail "$busy, still after $BUSY_SECONDS s; end it, or let it end, and run \`pulumi up\` again"
    if [ -n "$wishes" ]; then
        python3 "$scripts/preflight.py" "$STATE" <<<"$wishes" || leave_again
    fi
    python3 "$scripts/facts.py" "$STATE" "$wishes"
}

wait_for_cloud_init() {
    local code=0
    command -v cloud-init >/dev/null || return 0
    # A loaded machine takes seconds for the answer alone.
    wait_until_free cloud_init_ends 10 || code=$?
    case $code in
    0) ;;
    2) tell_cloud_init_warning ;;
    *) refuse_cloud_init "$code" "$1" ;;
    esac
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
    local problem first
    if [ "$1" = 124 ]; then
        problem="cloud-init was not done after $BUSY_SECONDS s; see \`cloud-init status --long\`"
    else
        first=$(first_of errors) || true
        problem="cloud-init failed; see \`cloud-init status --long\`${first:+; the first error: $first}"
    fi
    [ -n "$2" ] || fail "$problem"
    warn "$problem"
}

# first_of KIND: the first of cloud-init's errors or warnings that tells of trouble, on one line. Fails where that
# cannot be told.
first_of() {
    local status
    status=$(bounded 60 cloud-init status --format json 2>/dev/null) || true
    python3 "$scripts/cloud_init.py" "$1" <<<"$status" 2>/dev/null
}

# On EC2 a host with several addresses always has one, and it means nothing here. Standard output is the facts'.
tell_cloud_init_warning() {
    local first
    if ! first=$(first_of recoverable_errors); then
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
