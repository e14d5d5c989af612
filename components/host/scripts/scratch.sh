# Folders of one run of a program, which go when it ends, also where it fails.
# shellcheck shell=bash
scratch_folders=()

# scratch_folder VARIABLE [PARENT]: puts the name of a new one into the variable. By a variable, as what runs in a
# subshell of its own would take the folder away at once.
scratch_folder() {
    local scratch_made
    trap remove_scratch EXIT
    scratch_made=$(mktemp -d -p "${2:-${TMPDIR:-/tmp}}")
    scratch_folders+=("$scratch_made")
    printf -v "$1" %s "$scratch_made"
}

remove_scratch() { [ "${#scratch_folders[@]}" = 0 ] || rm -rf "${scratch_folders[@]}"; }
