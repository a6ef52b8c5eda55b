#!/bin/sh
# figures.sh CONSOLE-LOG: what the guest and its image cost, from the guest's own words and the image's files.
set -eu

log=$1
BUILD=${BUILD:?set by the Makefile}

sed 's/^/    /' "$BUILD/image/sizes"
sed -n 's/^.* sealinit: memory /    memory, /p' "$log" | tr -d '\r'
sed -n 's/^.* sealinit: memory .*private dirty \([0-9]*\) KiB (\([0-9]*\) KiB.*/\1 \2/p' "$log" |
	awk '{ all += $1; own += $2 }
		END { printf "    memory, all residents: private dirty %d KiB (%d KiB without pages of the image)\n", all, own }'
sed -n 's/^.* sealinit: ready in /    PID 1 to ready: /p' "$log" | tr -d '\r'
sed -n 's/^.* sealinit: stage broker done .*: \(.*\)$/    broker: \1/p' "$log" | tr -d '\r'
