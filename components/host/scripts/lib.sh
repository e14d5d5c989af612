# What the steps share. Sourced by apply and remove.
# shellcheck shell=bash disable=SC2034
: "${scripts:?}"
# A compiled file that a power cut left half written would stop python for good.
export PYTHONDONTWRITEBYTECODE=1
readonly STATE=/var/lib/dualstack
readonly LOCK=/run/lock/dualstack.lock
readonly BUSY_SECONDS=${DUALSTACK_BUSY_SECONDS:-600}
concern=
name=
store=

# shellcheck source=scratch.sh
. "$scripts/scratch.sh"

# readably COMMAND...: what it prints on both streams is text that fits a log. Ends as the command does.
readably() {
    { { "$@" 2>&1 >&5 | readable >&2; } 5>&1 | readable; }
}
# It outlives a step that is ended, for the last lines.
readable() (
    trap '' TERM
    exec python3 "$scripts/readable.py"
)

# One step at a time on a host, whoever starts it.
start_step() {
    concern=${1:?which concern}
    case $concern in
    network | routes) change=${2:-} seconds=${3:-} targets=("${@:4}") store=guarded-$concern ;;
    *) name=${2:-} store=$concern${2:+-$2} ;;
    esac
    case $concern in
    facts | kernel | network | routes | ndp-proxy | filter | engine | docker | container | compose) ;;
    *) fail "unknown concern: use facts, kernel, network, routes, ndp-proxy, filter, engine, docker, container or compose" ;;
    esac
    [ "$(id -u)" = 0 ] || fail "must run as root"
    mkdir -p "$STATE"
    chmod 700 "$STATE"
    # Those that are guarded refuse at once, and take the lock then.
    case $concern in
    network | routes) ;;
    *) take_lock ;;
    esac
}

take_lock() {
    exec 9>"$LOCK"
    flock -w "$BUSY_SECONDS" 9 || fail "another step has been running for $BUSY_SECONDS s; see \`fuser -v $LOCK\`"
}

say() { printf '%s: %s\n' "$concern${name:+ $name}" "$*"; }
warn() { printf '%s: warning: %s\n' "$concern${name:+ $name}" "$*" >&2; }
fail() {
    printf '%s: %s\n' "$concern${name:+ $name}" "$*" >&2
    exit 1
}

# bounded SECONDS COMMAND...: the lock is not handed down, or a daemon would hold it for ever.
bounded() { timeout --kill-after=5 "$@" 9>&-; }

# quietly SECONDS WHAT COMMAND...: no output unless it fails, then its last lines.
quietly() {
    local seconds=$1 what=$2 output
    shift 2
    output=$(bounded "$seconds" "$@" 2>&1) && return
    [ $? != 124 ] || what+=" took more than $seconds s, and"
    printf '%s\n' "$output" | tail -n 20 >&2
    fail "$what failed; mend what is said above on this host, then run \`pulumi up\` again"
}

# until_true SECONDS COMMAND...: tries the command every 0.2 s.
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}

host_files() { python3 "$scripts/host_files.py" "$@"; }

# The changed paths, one on a line; empty when the host already has these bytes, and the step that brought them
# ended well.
write_files() { host_files write "$STATE/$store"; }
settle_files() { host_files settle "$STATE/$store"; }
restore_files() { host_files restore "$STATE/$store"; }

unit_exists() { systemctl cat "$1" >/dev/null 2>&1; }

unit_is_right() { systemctl is-active --quiet "$1" && systemctl is-enabled --quiet "$1" 2>/dev/null; }
