#!/bin/sh
# libraries.sh INTO PROGRAM... -- every library that the programs need, and those need in their turn, as lines of
# a manifest that put them into INTO. Programs are read, not run: an image may be for another machine. What
# a program opens by name at run time is not seen.
set -eu

into=$1
shift
places='/lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu /lib64'

find_library() {
	for place in $places; do
		[ ! -e "$place/$1" ] || { echo "$place/$1" && return 0; }
	done
	echo "libraries: $1, which $2 needs, is in none of $places" >&2
	return 1
}

needs_of() {
	readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p'
}

found=' '
lines=
while [ $# -gt 0 ]; do
	needs=$(needs_of "$1")
	for name in $needs; do
		case $found in
		*" $name "*) continue ;;
		esac
		file=$(find_library "$name" "$1")
		found="$found$name "
		mode=0644
		# The kernel runs the loader, so it must be executable.
		case $name in
		ld-linux*) mode=0755 ;;
		esac
		lines="$lines$into/$name file $mode 0:0 $file
"
		set -- "$@" "$file"
	done
	shift
done
printf '%s' "$lines" | LC_ALL=C sort
