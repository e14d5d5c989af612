# A Compose project: its files in, its services up and healthy, and nothing touched that did not change.
# Before engine 27 dockerd filters no IPv6, and a table of the project's own does.
# shellcheck shell=bash
: "${scripts:?}" "${name:?}"
# shellcheck source=inside.sh
. "$scripts/inside.sh"
# shellcheck source=registry.sh
. "$scripts/registry.sh"
readonly APPS=/etc/dualstack/apps
readonly FOLDER=$APPS/$name
readonly PROJECT=com.docker.compose.project
readonly TABLE=dualstack_app_${name//-/_}
readonly TABLE_FILE=$FOLDER/filter.nft
readonly TABLE_UNIT=dualstack-app-$name.service
readonly COMPOSE=(docker compose --ansi never --progress plain --project-name "$name" --project-directory "$FOLDER"
    --file "$FOLDER/compose.yaml" --file "$FOLDER/compose.override.yaml")
readonly UP=(up --detach --wait --wait-timeout 300 --remove-orphans --quiet-pull)
UP_SECONDS=900
# shellcheck source=nft_table.sh
. "$scripts/nft_table.sh"

apply() {
    local wanted changed staged lost
    wanted=$(cat; printf .)
    need_compose
    refuse_foreign_project
    scratch_folder staged
    printf '%s' "${wanted%.}" | host_files stage "$staged"
    check_reads "$staged"
    check_registries "$staged"
    make_way "$staged$FOLDER/plan"
    [ -f "$staged$TABLE_FILE" ] || drop_table
    changed=$(printf '%s' "${wanted%.}" | write_files)
    ! grep -q '^/etc/systemd/' <<<"$changed" || systemctl daemon-reload
    if [ -f "$TABLE_FILE" ] && { [ -n "$changed" ] || ! table_is_loaded; }; then
        load_table
    fi
    if [ -z "$changed" ] && [ -z "$(not_up)" ]; then
        mapfile -t lost < <(without_address)
        if [ "${#lost[@]}" = 0 ]; then
            say "unchanged"
            return
        fi
        quietly 120 "restarting ${lost[*]}, whose addresses are gone" "${COMPOSE[@]}" restart "${lost[@]}"
    fi
    bring_up
    say "$(services | wc -l) service(s) are up: $(services | sort | tr '\n' ' ' | sed 's/ $//')"
}

# Volumes are the user's data: they stay, and are named.
remove() {
    local volumes changed
    if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
        take_down
        volumes=$(docker volume ls --quiet --filter "label=$PROJECT=$name")
    fi
    drop_table
    changed=$(restore_files)
    ! grep -q ^/etc/systemd/ <<<"$changed" || systemctl daemon-reload
    rmdir "$APPS" 2>/dev/null || true
    if [ ! -e "$APPS" ]; then
        remove_packages compose
    fi
    [ -z "${volumes:-}" ] || warn "these volumes are kept, \`docker volume rm\` deletes them: ${volumes//$'\n'/ }"
    say "removed"
}

services() { bounded 30 "${COMPOSE[@]}" config --services 2>/dev/null; }

# Docker's own labels tell what belongs to the project, also when its files are gone or are no longer read.
take_down() {
    cd "$STATE" || return
    [ -n "$(project_containers)$(docker network ls --quiet --filter "label=$PROJECT=$name")" ] || return 0
    quietly 300 "taking the project down" docker compose --project-name "$name" down --remove-orphans
}

project_containers() { docker ps --all --quiet --filter "label=$PROJECT=$name"; }

need_compose() {
    local found package
    if found=$(docker compose version --short 2>/dev/null); then
        case ${found#v} in
        0.* | 1.*) fail "docker compose is $found; compose v2 is needed" ;;
        esac
        return
    fi
    package=$(compose_package)
    install_packages compose "$package"
    docker compose version --short >/dev/null 2>&1 || fail "$package is installed, and there is no \`docker compose\`"
}

# The package with compose v2 that goes with the docker that is here.
compose_package() {
    local id version found
    id=$(. /etc/os-release && echo "$ID") version=$(. /etc/os-release && echo "${VERSION_ID:-0}")
    # A package that is only spoken of by others is known to dpkg, too.
    if [ "$(dpkg-query --show --showformat='${db:Status-Status}' docker-ce 2>/dev/null)" = installed ]; then
        echo docker-compose-plugin
    elif [ "$id" = ubuntu ]; then
        echo docker-compose-v2
    elif [ "$id" = debian ] && [ "${version%%.*}" -ge 13 ]; then
        echo docker-compose
    else
        found=$(docker-compose version --short 2>/dev/null) || found=
        fail "${found:+docker-compose $found is compose v1; }there is no compose v2, and none in the packages of \
$id $version: use debian 13 or ubuntu 22.04 or newer, or docker's own packages with docker-compose-plugin"
    fi
}

refuse_foreign_project() {
    local foreign
    foreign=$(docker ps --all --filter "label=$PROJECT=$name" --format "{{.Label \"$PROJECT.working_dir\"}}" |
        awk -v ours="$FOLDER" '$0 != ours' | sort -u | head -n 1)
    [ -z "$foreign" ] || fail "a compose project of this name was started by hand in $foreign; take it down, or \
give this one another name"
}

# check_reads ROOT: compose reads the staged files first.
check_reads() {
    local output
    output=$(cd "$1$FOLDER" && bounded 30 docker compose --ansi never config --quiet 2>&1) && return
    rm -rf "$1"
    fail "docker compose cannot read the file, nothing was changed: $(tail -n 3 <<<"$output")"
}

# check_registries ROOT: each image that is still to be pulled, before compose tries for minutes.
check_registries() {
    local image
    while read -r image; do
        docker image inspect "$image" >/dev/null 2>&1 || refuse_ipv4_only_registry "$image"
    done < <(cd "$1$FOLDER" && bounded 30 docker compose --ansi never config --images 2>/dev/null | sort -u)
}

# make_way PLAN: what has a network or an address that changes goes first. Compose does not remake a network
# that is there, and an address that moves from one service to another is not free in time.
make_way() {
    local gone services
    [ -f "$FOLDER/plan" ] || return 0
    gone=$(LC_ALL=C comm -23 <(LC_ALL=C sort "$FOLDER/plan") <(LC_ALL=C sort "$1"))
    if grep -q '^network ' <<<"$gone"; then
        say "a network changes: all services restart"
        take_down
        return
    fi
    mapfile -t services < <(sed -nE 's/^address ([^ ]+) .*/\1/p' <<<"$gone" | sort -u)
    [ "${#services[@]}" = 0 ] ||
        quietly 120 "stopping ${services[*]}, whose addresses change" "${COMPOSE[@]}" rm --stop --force "${services[@]}"
}

bring_up() {
    local output trouble
    output=$(bounded "$UP_SECONDS" "${COMPOSE[@]}" "${UP[@]}" 2>&1) && return
    # A service that does its work and ends well is no failure, though `--wait` takes it for one.
    trouble=$(not_up)
    [ -n "$trouble" ] || return 0
    printf '%s\n' "$output" | grep -vE '^ *(Container|Network|Volume) ' | tail -n 20 >&2
    tell_health
    fail "not up: $(tr '\n' ';' <<<"$trouble" | sed 's/;$//; s/;/; /g')"
}

# not_up: each service that has no container, or one that neither runs, healthy, nor has ended well.
not_up() {
    local service seen wrong
    while read -r service; do
        seen=$(containers_of "$service" '{{.State}}, {{.Status}}')
        [ -n "$seen" ] || { echo "$service has no container" && continue; }
        wrong=$(sed -E '/^running, [^(]*(\(healthy\))?$|^exited, Exited \(0\)/d' <<<"$seen" | head -n 1)
        [ -z "$wrong" ] || echo "$service is ${wrong#*, }"
    done < <(services)
}

# without_address: each service whose container has not got its planned address inside.
without_address() {
    local service address each
    while read -r _ service _ address; do
        for each in $(containers_of "$service" '{{.Names}}'); do
            addresses_inside "$each" | grep -qFx "$address" || echo "$service"
        done
    done < <(grep '^address ' "$FOLDER/plan") | sort -u
}

containers_of() {
    docker ps --all --filter "label=$PROJECT=$name" --filter "label=com.docker.compose.service=$1" \
        --filter label=com.docker.compose.oneoff=False --format "$2"
}

# The last words of the health checks that fail, and of the containers that ended.
tell_health() {
    local each
    for each in $(docker ps --all --quiet --filter "label=$PROJECT=$name" --filter health=unhealthy); do
        docker container inspect --format '{{.Name}}: health check: {{range .State.Health.Log}}{{.Output}}{{end}}' \
            "$each" | tail -n 5 >&2
    done
    for each in $(docker ps --all --quiet --filter "label=$PROJECT=$name" --filter status=exited \
        --filter status=restarting); do
        docker logs --tail 5 "$each" >&2 2>&1
    done
}
