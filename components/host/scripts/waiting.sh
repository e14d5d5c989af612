# At boot cloud-init and apt work on a host by themselves. They are waited for, with one bound for both, and what
# is waited for is told on standard error.
# shellcheck shell=bash
: "${scripts:?}"
readonly PROGRESS_SECONDS=${DUALSTACK_PROGRESS_SECONDS:-20}
# What is busy, as the checks below saw it last.
busy=

# wait_until_free CHECK PATIENCE: the exit code of CHECK once it is not 124, or 124 when the time is over. CHECK SECONDS
# waits for so long, and says in $busy what is busy. It is asked once in any case; PATIENCE: for so many seconds nothing
# is told.
wait_until_free() {
    local check=$1 patience=$2 begin=$SECONDS part=$2 code left
    while :; do
        left=$((WAIT_END > SECONDS ? WAIT_END - SECONDS : 1)) code=0
        "$check" "$((left < part ? left : part))" || code=$?
        if [ "$code" != 124 ] || [ "$SECONDS" -ge "$WAIT_END" ]; then return "$code"; fi
        if [ "$part" = "$patience" ]; then
            say "$busy; waiting for it, $((WAIT_END - SECONDS)) s at the most" >&2
        else
            say "$busy, still after $((SECONDS - begin)) s" >&2
        fi
        part=$PROGRESS_SECONDS
    done
}

# Its own exit code: 0 well, 1 failed, 2 done with warnings (cloud-init 23.4 and later).
cloud_init_ends() {
    busy="cloud-init is busy"
    bounded "$1" cloud-init status --wait >/dev/null 2>&1
}

apt_ends() {
    local end=$((SECONDS + $1))
    while busy=$(python3 "$scripts/apt_locks.py") && [ -n "$busy" ]; do
        [ "$SECONDS" -lt "$end" ] || return 124
        sleep 1
    done
}
