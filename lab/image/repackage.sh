#!/bin/sh
# Makes packages with the names that Docker's own have out of Debian's: the lab's stand-in for Docker's
# repository. $1 the folder with Debian's packages, $2 the folder that gets the others
set -eu
from=$1
to=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$to"

# package NAME DEPENDS CONFLICTS SOURCE...: the first source gives version, architecture and maintainer scripts.
package() {
    name=$1 depends=$2 conflicts=$3 first=$4
    shift 3
    tree=$work/$name
    for source in "$@"; do
        dpkg-deb -x "$from/$source"_*.deb "$tree"
    done
    dpkg-deb -e "$from/$first"_*.deb "$tree/DEBIAN"
    version=$(sed -n 's/^Version: \(.*:\)\?\([0-9.]*\).*/\2/p' "$tree/DEBIAN/control")
    architecture=$(sed -n 's/^Architecture: //p' "$tree/DEBIAN/control")
    rm -f "$tree/DEBIAN/md5sums"
    cat >"$tree/DEBIAN/control" <<END
Package: $name
Version: 5:$version-1~lab
Architecture: $architecture
Maintainer: the lab
Depends: $depends
Conflicts: $conflicts
Replaces: $conflicts
Description: stands in for Docker's own package of this name
END
    dpkg-deb --root-owner-group -Zgzip -z1 --build "$tree" "$to"
}

package containerd.io 'libc6, libseccomp2' 'containerd, runc' containerd runc
package docker-ce-cli libc6 docker-cli docker-cli
package docker-ce 'containerd.io, iptables, libc6, libsystemd0, adduser' docker.io docker.io tini
