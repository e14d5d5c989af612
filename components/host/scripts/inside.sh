# What a container has in its own network namespace. What dockerd says is what it gave; inside somebody may have
# taken an address away, or turned IPv6 off.
# shellcheck shell=bash

# addresses_inside CONTAINER: one on a line, sorted; none where it does not run.
addresses_inside() {
    local pid
    pid=$(docker container inspect --format '{{.State.Pid}}' "$1" 2>/dev/null) || return 0
    [ "$pid" = 0 ] || nsenter "--net=/proc/$pid/ns/net" ip -6 -oneline address show scope global |
        awk '{sub("/.*", "", $4); print $4}' | sort
}
