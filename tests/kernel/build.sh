#!/bin/sh
# build.sh DIR SOURCE OUT -- the test module in SOURCE for the kernel in DIR (image/kernel/fetch.sh), as OUT.
# The headers come from where the kernel came from, are kept in DIR/headers and installed nowhere.
set -eu

dir=$(cd "$1" && pwd)
source=$(cd "$2" && pwd)
out=$3
version=$(cat "$dir/version")
base=${version%-cloud-amd64}
headers=$dir/headers/$version
src=$headers/usr/src
# shellcheck source=image/kernel/apt.sh
. "$(dirname "$0")/../../image/kernel/apt.sh"

if [ ! -e "$headers/.whole" ]; then
	rm -rf "$headers"
	mkdir -p "$headers" "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial"
	retry read_lists || { say "the headers of $version are not to be had (KERNEL_MIRROR=URL?)" && exit 1; }
	for name in "linux-headers-$version" "linux-headers-$base-common" "linux-kbuild-$base"; do
		download "$name" || { say "$name: not to be had" && exit 1; }
		dpkg-deb -x "$dir/apt/$name"_*.deb "$headers"
		rm "$dir/apt/$name"_*.deb
	done
	# The flavour's tree names the common one where it would be if it were installed.
	sed -i "s,/usr/src,$src," "$src/linux-headers-$version/Makefile"
	: >"$headers/.whole"
fi

work=$dir/module
rm -rf "$work"
mkdir -p "$work"
cp "$source"/*.[ch] "$work/"
printf 'obj-m := test_tee.o\ntest_tee-y := tee.o sev.o area.o\n' >"$work/Makefile"
make -s -C "$src/linux-headers-$version" M="$work" CC=gcc CONFIG_DEBUG_INFO_BTF_MODULES= modules >"$work/log" 2>&1 || {
	cat "$work/log" >&2
	exit 1
}
strip --strip-debug -o "$out" "$work/test_tee.ko"
