#!/bin/sh
# modules.sh DIR LIST INTO -- what LIST names and all that it needs, out of the kernel in DIR (fetch.sh):
#
#	DIR/modules/NAME.ko     unpacked: PID 1 hands the kernel a file as it is
#	DIR/modules/order       one NAME.ko a line, each behind what it needs; '?' before it: may fail
#	DIR/modules.manifest    the same files for mkinitramfs, below INTO
#
# What a required module needs is required, even where an optional one asked for it first.
set -eu

dir=$1
list=$2
into=$3
version=$(cat "$dir/version")

# Without the machine's own modprobe.d: an image must not depend on who builds it.
rm -rf "$dir/modules" "$dir/no-conf"
mkdir -p "$dir/modules" "$dir/no-conf"
depmod -b "$dir/root" "$version"

sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$list" |
	while read -r name; do
		mark=!
		case $name in
		'?'*) mark='?' ;;
		esac
		needs=$(modprobe -C "$dir/no-conf" -d "$dir/root" -S "$version" --show-depends "${name#\?}")
		echo "$needs" | sed -n "s/^insmod \([^ ]*\).*/$mark \1/p"
	done >"$dir/modules/closure"

while read -r _ path; do
	file=${path##*/}
	case $file in
	*.ko.xz) xz -dc "$path" >"$dir/modules/${file%.xz}" ;;
	*.ko) cp "$path" "$dir/modules/$file" ;;
	*) echo "modules: $path: packed in a way that is not known here" >&2 && exit 1 ;;
	esac
done <"$dir/modules/closure"

awk '{
	sub(".*/", "", $2); sub("\\.xz$", "", $2)
	if (!($2 in seen)) order[++n] = $2
	seen[$2]; if ($1 == "!") required[$2]
} END {
	for (i = 1; i <= n; i++) print (order[i] in required ? "" : "?") order[i]
}' "$dir/modules/closure" >"$dir/modules/order"
rm "$dir/modules/closure"

{
	echo "$into/order file 0644 0:0 $dir/modules/order"
	sed "s,^?*\(.*\)$,$into/\1 file 0644 0:0 $dir/modules/\1," "$dir/modules/order"
} >"$dir/modules.manifest"
