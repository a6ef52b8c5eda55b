#!/bin/sh
# fetch.sh DIR -- Debian's newest 6.12 cloud kernel for bookworm, unpacked into DIR and installed nowhere:
#
#	DIR/root/       the package's files
#	DIR/version     "6.12.95+deb12-cloud-amd64"
#	DIR/vmlinuz     the kernel; written last, so that its presence means that all is there
#
# It is in the backports suite (the stable kernel lacks configfs-tsm), which a machine's own apt needn't
# know: apt.sh has one of our own. A package that DIR holds already is used as it is, without a network.
set -eu

dir=$1
wanted='^linux-image-6\.12\.[0-9]+\+deb12(\.[0-9]+)?-cloud-amd64$'

# shellcheck source=image/kernel/apt.sh
. "$(dirname "$0")/apt.sh"

# apt-cache names packages that others merely mention, too: the newest that can be fetched is meant.
newest() {
	own_apt apt-cache pkgnames linux-image-6.12 | grep -E "$wanted" | sort -rV |
		while read -r name; do
			own_apt apt-cache show "$name" 2>/dev/null | grep -q '^Filename:' && echo "$name" && break
		done
}

mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial"
dir=$(cd "$dir" && pwd)

package=$(find "$dir" -maxdepth 1 -name 'linux-image-6.12.*.deb' | sort -V | tail -n 1)
if [ -z "$package" ]; then
	retry read_lists || { say "no mirror of the machine's apt has $suite-backports (KERNEL_MIRROR=URL?)" && exit 1; }
	name=$(newest)
	[ -n "$name" ] || { say "$suite-backports has no 6.12 cloud kernel" && exit 1; }
	download "$name" || { say "$name: not to be had" && exit 1; }
	package=$dir/$(cd "$dir/apt" && ls linux-image-*.deb)
	mv "$dir/apt/${package##*/}" "$package"
fi

rm -rf "$dir/root" "$dir/vmlinuz"
dpkg-deb -x "$package" "$dir/root"
version=$(cd "$dir/root/lib/modules" && ls)
echo "$version" >"$dir/version"
cp "$dir/root/boot/vmlinuz-$version" "$dir/vmlinuz"
say "$version"
