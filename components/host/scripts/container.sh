# One declared container: there, as declared, and at its own address.
# shellcheck shell=bash
: "${scripts:?}"
# shellcheck source=places.sh
. "$scripts/places.sh"

apply() {
    local changed
    refuse_foreign_name
    changed=$(write_files)
    read_spec "$name"
    if [ -z "$changed" ] && is_as_declared && is_in_place && unit_is_active; then
        say "unchanged"
        return
    fi
    pull_image
    if ! is_as_declared; then
        stop_unit
        docker rm --force "$name" >/dev/null 2>&1 || true
        create
    fi
    refuse_taken_place
    quietly 20 "enabling the unit" systemctl enable --quiet "$(unit)"
    quietly 120 "starting the container" systemctl restart "$(unit)"
    until_true 60 is_in_place || fail_out_of_place
    sleep 1
    is_in_place || fail_out_of_place
    say "$image is up at $(awk '{print $2}' <<<"$addresses" | paste -sd ' ')"
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
label() { docker container inspect --format "{{index .Config.Labels \"$1\"}}" "$name" 2>/dev/null || true; }
spec_hash() { sha256sum "$SPECS/$name" | cut -c -12; }

refuse_foreign_name() {
    docker container inspect "$name" >/dev/null 2>&1 || return 0
    is_ours || fail "a container of this name was started by hand; rename it, or declare another name"
}

pull_image() {
    docker image inspect "$image" >/dev/null 2>&1 && return
    quietly 600 "pulling $image" docker pull --quiet "$image"
}

# No restart policy: dockerd starts containers in no fixed order, and would give them each other's addresses.
create() {
    local each other arguments=(--name "$name" --restart no --network "$network")
    arguments+=(--label "dualstack.spec=$(spec_hash)" --label "dualstack.place=$place")
    [ "$network" = bridge ] || arguments+=(--ip6 "$address")
    while read -r each; do
        arguments+=(--publish "$each")
    done < <(sed -n 's/^publish=//p' "$SPECS/$name")
    quietly 60 "creating the container" docker create "${arguments[@]}" "$image"
    while read -r other each; do
        [ "$other" = "$network" ] ||
            quietly 60 "connecting it to $other" docker network connect --ip6 "$each" "$other" "$name"
    done <<<"$addresses"
}

refuse_taken_place() {
    local holder
    holder=$(holder_of "$network" "$address")
    [ -z "$holder" ] || [ "$holder" = "$name" ] ||
        fail "$address is held by container $holder; stop that, or declare another place"
}

fail_out_of_place() {
    docker logs --tail 10 "$name" >&2 2>&1 || true
    systemctl --no-pager --lines=5 status "$(unit)" >&2 2>&1 || true
    fail "it is $(docker container inspect --format '{{.State.Status}}' "$name"), and not at" \
        "$(awk '{print $2}' <<<"$addresses" | paste -sd ' ')"
}
