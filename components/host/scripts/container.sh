# One declared container: there, as declared, and at its own address.
# shellcheck shell=bash
: "${scripts:?}"
# shellcheck source=places.sh
. "$scripts/places.sh"
# shellcheck source=registry.sh
. "$scripts/registry.sh"

apply() {
    local changed
    refuse_foreign_name
    changed=$(write_files)
    read_spec "$name"
    if [ -z "$changed" ] && is_as_declared && is_in_place && unit_is_right "$(unit)"; then
        say "unchanged"
        return
    fi
    refuse_taken_place
    pull "$image"
    clear_place
    if ! is_as_declared; then
        stop_unit
        docker rm --force "$name" >/dev/null 2>&1 || true
        create
    fi
    connect_networks
    quietly 20 "enabling the unit" systemctl enable --quiet "$(unit)"
    if unit_is_active && is_in_place; then
        say "is at $(its_addresses); it was not restarted"
        return
    fi
    quietly 120 "starting the container" systemctl restart "$(unit)"
    until_true 60 is_in_place || fail_out_of_place
    sleep 1
    is_in_place || fail_out_of_place
    say "$image is up at $(its_addresses)"
}

remove() {
    stop_unit
    systemctl disable --quiet "$(unit)" 2>/dev/null || true
    if is_ours; then
        quietly 60 "removing the container" docker rm --force "$name"
    fi
    restore_files >/dev/null
    say "removed"
}

unit() { echo "dualstack-container@$name.service"; }
unit_is_active() { systemctl is-active --quiet "$(unit)"; }
stop_unit() { quietly 60 "stopping the container" systemctl stop "$(unit)"; }

is_ours() { [ -n "$(label dualstack.spec)" ]; }
is_as_declared() { [ "$(label dualstack.spec)" = "$(spec_hash)" ]; }
# label KEY [CONTAINER]: a label's value, empty where there is no such container.
label() { docker container inspect --format "{{index .Config.Labels \"$1\"}}" "${2:-$name}" 2>/dev/null || true; }
its_addresses() { awk '{print $2}' <<<"$addresses" | paste -sd ' '; }

# Of what only a new container can have: networks made for the host come and go while a container runs.
spec_hash() { lasting_spec | sha256sum | cut -c -12; }
lasting_spec() {
    if [ "$network" = bridge ]; then
        cat "$SPECS/$name"
    else
        grep -vE '^(network|place)=' "$SPECS/$name"
        echo network=
    fi
}

refuse_foreign_name() {
    docker container inspect "$name" >/dev/null 2>&1 || return 0
    is_ours || fail "a container of this name was started by hand; rename it, or declare another name"
}

# No restart policy: dockerd starts containers in no fixed order, and would give them each other's addresses.
create() {
    local each arguments=(--name "$name" --restart no --network "$network")
    arguments+=(--label "dualstack.spec=$(spec_hash)")
    [ "$network" = bridge ] || arguments+=(--ip6 "$address")
    while read -r each; do
        arguments+=(--publish "$each")
    done < <(sed -n 's/^publish=//p' "$SPECS/$name")
    quietly 60 "creating the container" docker create "${arguments[@]}" "$image"
}

# On the wanted networks, and on none of the others that were made for the host. Those that somebody else made are
# left alone. New ones come first, so that the container is never without a network.
connect_networks() {
    local other each
    [ "$network" != bridge ] || return 0
    while read -r other each; do
        [ "$(wish_on "$other")" != "$each" ] || continue
        ! is_on "$other" || quietly 30 "taking it off $other" docker network disconnect "$other" "$name"
        quietly 30 "connecting it to $other" docker network connect --ip6 "$each" "$other" "$name"
    done <<<"$addresses"
    while read -r other; do
        quietly 30 "taking it off $other" docker network disconnect "$other" "$name"
    done < <(comm -12 <(networks_of "$name") <(made_networks) | comm -23 - <(awk '{print $1}' <<<"$addresses" | sort))
}

is_on() { networks_of "$name" | grep -qFx "$1"; }
made_networks() { docker network ls --filter label=dualstack.network --format '{{.Name}}' | sort; }

# wish_on NETWORK: the address it was told to have there.
wish_on() {
    docker container inspect --format \
        "{{with index .NetworkSettings.Networks \"$1\"}}{{with .IPAMConfig}}{{.IPv6Address}}{{end}}{{end}}" "$name"
}

refuse_taken_place() {
    local holder
    holder=$(foreign_holder)
    [ -z "$holder" ] || declared_in_place | grep -qFx "${holder% *}" ||
        fail "${holder#* } is held by container ${holder% *}; stop that, or declare another place"
}

# No two are declared with the same address or port of the host: another that has it yet is to go, or to have another
# one. Its own step comes later, and until then it must not come back, not even at a boot.
clear_place() {
    local other
    while read -r other; do
        systemctl disable --quiet --now "dualstack-container@$other.service" 2>/dev/null || true
        [ -n "$(label dualstack.spec "$other")" ] || continue
        quietly 60 "removing the container $other, whose place this was" docker rm --force "$other"
        say "$other had this place, and is taken away"
    done < <(declared_in_place)
}

declared_in_place() {
    local other
    for other in "$SPECS"/*; do
        other=${other##*/}
        [ "$other" = "$name" ] || [ -z "$(comm -12 <(claims "$SPECS/$name") <(claims "$SPECS/$other"))" ] || echo "$other"
    done
}

# claims FILE: what only one container of the host can have, of what is declared for one.
claims() { sed -nE 's/^(network=[^ ]+ [^ ]+).*/\1/p; s/^(publish=[0-9]+):[0-9]+/\1/p' "$1" | sort; }

fail_out_of_place() {
    docker logs --tail 10 "$name" >&2 2>&1 || true
    systemctl --no-pager --lines=5 status "$(unit)" >&2 2>&1 || true
    fail "it is $(docker container inspect --format '{{.State.Status}}' "$name"), and not at $(its_addresses)"
}
