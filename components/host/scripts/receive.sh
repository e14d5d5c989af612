# Read by `bash -s` from standard input, followed by the call `receive DIRECTORY [WISHES]` and the scripts
# themselves. WISHES: what the preflight of a host that was there before has to know.
# Puts the scripts below DIRECTORY, whole or not at all, then prints the host's facts.
# shellcheck shell=bash
set -euo pipefail

receive() {
    local directory=$1 staging
    mkdir -p "${directory%/*}"
    staging=$(mktemp -d "${directory%/*}/.new-XXXXXX")
    chmod 755 "$staging"
    unpack "$staging"
    sync -f "$staging"
    put "$staging" "$directory"
    exec "$directory/apply" facts <<<"${2:-}"
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

unpack() {
    local target=/dev/null line path mode
    while IFS= read -r line; do
        case $line in
        '=== '*)
            read -r _ path mode _ <<<"$line"
            target=$1/${path##*/}
            : >"$target"
            chmod "$mode" "$target"
            ;;
        *)
            [[ $line =~ ^\\+=== ]] && line=${line#\\}
            printf '%s\n' "$line" >>"$target"
            ;;
        esac
    done
}

