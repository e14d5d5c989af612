# Read by `bash -s` from standard input, followed by the call `receive DIRECTORY [WISHES]` and the scripts
# themselves. WISHES: what the preflight of a host that was there before has to know.
# Puts the scripts below DIRECTORY, whole or not at all, then prints the host's facts.
# shellcheck shell=bash
set -euo pipefail

receive() {
    local directory=$1 staging
    mkdir -p "${directory%/*}"
    remove_strays "${directory%/*}"
    staging=$(mktemp -d "${directory%/*}/.new-XXXXXX")
    chmod 755 "$staging"
    unpack "$staging"
    sync -f "$staging"
    put "$staging" "$directory"
    exec "$directory/within" 1800 apply facts <<<"${2:-}"
}

# Of uploads that nobody can be at any more: the machine lost its power in the middle of one.
remove_strays() { find "$1" -mindepth 1 -maxdepth 1 -name '.new-*' -mmin +10 -exec rm -rf {} +; }

# refuse STAGING WHY
refuse() {
    rm -rf "$1"
    echo "$2; nothing was changed" >&2
    exit 1
}

# put STAGING DIRECTORY: where the scripts are there already, those that somebody changed are replaced, one by one:
# one that runs goes on in its old file.
put() {
    local each
    mv -T "$1" "$2" 2>/dev/null && return
    for each in "$1"/*; do
        is_same "$each" "$2/${each##*/}" || mv -T "$each" "$2/${each##*/}"
    done
    rm -rf "$1"
}

is_same() { cmp -s "$1" "$2" && [ "$(stat -c %a:%u:%g "$1")" = "$(stat -c %a:%u:%g "$2")" ]; }

# A connection that breaks looks like the end of the text, or like nothing for hours.
unpack() {
    local target=/dev/null line path mode
    while IFS= read -r -t "${DUALSTACK_INPUT_SECONDS:-60}" line; do
        case $line in
        '=== end') return ;;
        '=== '*)
            read -r _ path mode _ <<<"$line"
            target=$1/${path##*/}
            : >"$target"
            chmod "$mode" "$target"
            ;;
        *)
            [[ $line =~ ^\\+=== ]] && line=${line#\\}
            printf '%s\n' "$line" >>"$target" || refuse "$1" "the scripts could not be written to $1"
            ;;
        esac
    done
    refuse "$1" "the scripts did not arrive whole, the connection broke"
}

