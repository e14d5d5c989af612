# How a container comes up at its own addresses. On a network made for the host Docker takes the address as a
# wish. On docker0 it gives out what it likes and takes no wish, so all free addresses but the wanted one are held
# for a moment, and dockerd has no choice.
# shellcheck shell=bash disable=SC2034
# shellcheck source=inside.sh
. "${scripts:?}/inside.sh"
readonly SPECS=/etc/dualstack/containers
readonly PLACES_LOCK=/run/lock/dualstack-places.lock
readonly HOLDER_IMAGE=dualstack/holder:1
readonly HOLDER=dualstack-holder
# shellcheck disable=SC2016 # a template of Docker's
readonly ADDRESSES='{{range $name, $on := .NetworkSettings.Networks}}{{$name}} {{$on.GlobalIPv6Address}}
{{end}}'
image=''
place=''
network=''
address=''
addresses=''

# read_spec NAME: sets image and place; addresses: a line `NETWORK ADDRESS` for each network, and those of the
# first as network and address.
read_spec() {
    image=$(sed -n 's/^image=//p' "$SPECS/$1")
    place=$(sed -n 's/^place=//p' "$SPECS/$1")
    addresses=$(sed -nE 's/^network=([^ ]+ [^ ]+).*/\1/p' "$SPECS/$1")
    read -r network address <<<"$addresses"
}

addresses_of() { docker container inspect --format "$ADDRESSES" "$1" 2>/dev/null | sed '/^$/d' || true; }
is_running() { [ "$(docker container inspect --format '{{.State.Running}}' "$1" 2>/dev/null)" = true ]; }
# Those it shall have; it may be on further networks, where somebody connected it by hand.
has_its_addresses() { [ -z "$(comm -13 <(addresses_of "$name" | sort) <(sort <<<"$addresses"))" ]; }
is_in_place() { is_running "$name" && has_its_addresses && has_them_inside; }

has_them_inside() { [ -z "$(comm -13 <(addresses_inside "$name") <(awk '{print $2}' <<<"$addresses" | sort))" ]; }
is_declared() { [ -f "$SPECS/$1" ]; }

# holder_of NETWORK ADDRESS: the name of the container that has it, if any.
holder_of() {
    docker network inspect --format '{{range .Containers}}{{.Name}} {{.IPv6Address}}{{"\n"}}{{end}}' "$1" |
        awk -v wanted="$2" '{sub("/.*", "", $2)} $2 == wanted {print $1}'
}

# foreign_holder: `CONTAINER ADDRESS` of the first of the addresses that another container has, if any.
foreign_holder() {
    local other each holder
    while read -r other each; do
        holder=$(holder_of "$other" "$each")
        [ -z "$holder" ] || [ "$holder" = "$name" ] || { echo "$holder $each" && return; }
    done <<<"$addresses"
}

networks_of() { addresses_of "$1" | awk '{print $1}' | sort; }

# start_in_place NAME: started, at its own address, or an error that names who holds it.
start_in_place() {
    local holder
    name=$1
    read_spec "$name"
    docker container inspect "$name" >/dev/null 2>&1 || complain "there is none" || return 1
    ! is_in_place || return 0
    docker stop "$name" >/dev/null 2>&1 || true
    holder=$(foreign_holder)
    [ -z "$holder" ] || complain "${holder#* } is held by container ${holder% *}" || return 1
    if [ "$network" != bridge ]; then
        docker start "$name" >/dev/null
        return
    fi
    if lower_places_are_held; then
        docker start "$name" >/dev/null || return 1
        has_wrong_address || return 0
    fi
    start_with_others_held
}

# The engines measured give out the lowest free address, so nothing else has to be held then. A block lies
# below ::1:0, and a network of a prefix begins at ::0:0, so the last group of an address says where it is.
lower_places_are_held() {
    local each lower=0
    while read -r each; do
        each=${each%/*}
        [ -z "$each" ] || [ "$((16#${each##*:}))" -ge "$((16#${address##*:}))" ] || lower=$((lower + 1))
    done < <(docker network inspect --format '{{range .Containers}}{{.IPv6Address}}{{"\n"}}{{end}}' bridge)
    [ "$lower" -eq "$((place - 1))" ]
}

# A container that ended at once has no address; that is its own fault, and its supervisor starts it again.
has_wrong_address() { is_running "$name" && ! has_its_addresses; }

start_with_others_held() {
    local status=0
    docker stop "$name" >/dev/null 2>&1 || true
    hold_all_others && docker start "$name" >/dev/null || status=1
    drop_holders
    [ "$status" = 0 ] && ! has_wrong_address && return
    docker stop "$name" >/dev/null 2>&1
    complain "did not come up at $address"
}

# Takes every free address with a container that only sleeps, then lets the wanted one go. In a network that is
# wider than any block, those up to the wanted one: there it is a matter of the lowest free address.
hold_all_others() {
    local number holder
    make_holder_image
    drop_holders # of a start that was interrupted
    for number in $(seq 64); do
        docker run --detach --name "$HOLDER-$number" --network bridge --cap-drop ALL --read-only \
            "$HOLDER_IMAGE" >/dev/null 2>&1 || {
            docker rm --force "$HOLDER-$number" >/dev/null 2>&1
            break
        }
        ! is_wide || [ -z "$(holder_of bridge "$address")" ] || break
    done
    holder=$(holder_of bridge "$address")
    case $holder in
    "$HOLDER"-*) docker rm --force "$holder" >/dev/null ;;
    *) complain "$address is held by container ${holder:-nobody, and dockerd does not give it out}" ;;
    esac
}

is_wide() { ! grep -qE '^bridge=.*/12[0-9]$' /etc/dualstack/docker; }

drop_holders() {
    docker ps --all --quiet --filter "name=^/$HOLDER-" | xargs --no-run-if-empty docker rm --force >/dev/null
}

# The host's own sleep and what it needs to run: no registry is asked.
make_holder_image() {
    docker image inspect "$HOLDER_IMAGE" >/dev/null 2>&1 && return
    local files
    mapfile -t files < <(ldd /bin/sleep | grep -oE '/[^ ]+')
    tar --create --dereference --absolute-names /bin/sleep "${files[@]}" |
        docker import --change 'CMD ["/bin/sleep", "600"]' - "$HOLDER_IMAGE" >/dev/null
}

complain() {
    printf 'container %s: %s\n' "$name" "$*" >&2
    return 1
}
