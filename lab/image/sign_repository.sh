#!/bin/sh
# Signs a repository's Release file with a new key, whose public half alone is kept.
# $1 the folder with the Release file, $2 the file that gets the public key
set -eu
release=$1
public=$2

GNUPGHOME=$(mktemp -d)
export GNUPGHOME
trap 'gpgconf --kill all; rm -rf "$GNUPGHOME"' EXIT
gpg() { command gpg --batch --quiet --passphrase '' --pinentry-mode loopback "$@"; }

gpg --quick-generate-key 'packages of the lab' ed25519 sign never
gpg --armor --export >"$public"
gpg --clearsign --output "$release/InRelease" "$release/Release"
