#!/bin/sh
# fetch.sh DIR -- Debian's newest 6.12 cloud kernel for bookworm, unpacked into DIR and installed nowhere:
#
#	DIR/root/       the package's files
#	DIR/version     "6.12.95+deb12-cloud-amd64"
#	DIR/vmlinuz     the kernel; written last, so that its presence means that all is there
#
# It is in the backports suite (the stable kernel lacks configfs-tsm), which a machine's own apt needn't
# know: this one has sources, lists and a cache of its own in DIR. Which mirror serves it is asked from the
# machine's apt; KERNEL_MIRROR=URL in the environment overrides that. A package that DIR holds already is
# used as it is, without a network.
set -eu

dir=$1
suite=bookworm
wanted='^linux-image-6\.12\.[0-9]+\+deb12(\.[0-9]+)?-cloud-amd64$'
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
tries=4

say() {
	echo "kernel: $*" >&2
}

# Waits longer after each failure, and not at all after the last.
retry() {
	pause=2
	for try in $(seq "$tries"); do
		"$@" && return 0
		[ "$try" -eq "$tries" ] || { say "try $try of $tries failed, next in $pause s" && sleep "$pause"; }
		pause=$((pause * 2))
	done
	return 1
}

own_apt() {
	tool=$1
	shift
	"$tool" -q -o Dir::Etc::SourceList="$dir/apt/sources.list" -o Dir::Etc::SourceParts=- \
		-o Dir::State::Lists="$dir/apt/lists" -o Dir::Cache="$dir/apt/cache" \
		-o APT::Sandbox::User=root -o APT::Update::Error-Mode=any -o Acquire::Languages=none \
		-o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 "$@"
}

# Where the machine gets its bookworm from: what stands before /dists/ in what it would fetch. Others
# than Debian have a suite of that name too, but no backports signed with Debian's key.
mirrors() {
	if [ -n "${KERNEL_MIRROR:-}" ]; then
		echo "${KERNEL_MIRROR%/}"
	else
		apt-get --print-uris update | sed -n "s,^'\(.*\)/dists/$suite/InRelease'.*,\1,p"
	fi
}

read_lists() {
	for mirror in $(mirrors); do
		echo "deb [signed-by=$keyring] $mirror $suite-backports main" >"$dir/apt/sources.list"
		own_apt apt-get update >&2 && return 0
		say "$mirror has no $suite-backports"
	done
	return 1
}

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
	(cd "$dir/apt" && retry own_apt apt-get download "$name" >&2) || { say "$name: not to be had" && exit 1; }
	package=$dir/$(cd "$dir/apt" && ls linux-image-*.deb)
	mv "$dir/apt/${package##*/}" "$package"
fi

rm -rf "$dir/root" "$dir/vmlinuz"
dpkg-deb -x "$package" "$dir/root"
version=$(cd "$dir/root/lib/modules" && ls)
echo "$version" >"$dir/version"
cp "$dir/root/boot/vmlinuz-$version" "$dir/vmlinuz"
say "$version"
