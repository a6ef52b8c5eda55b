#!/bin/sh
# make demo: a microVM boots with sealinit as PID 1, attests, opens its encrypted volume, and a container
# seals, unseals and attests over the socket. Ends with "demo: ok" and 0 only if every step did what it says.
#
#   BROKER_URL, BROKER_ROOTS  somebody's own Trustee KBS (URL as the guest reaches it: the host is 10.0.2.2) and
#                             a PEM file; BROKER_RESOURCE is its root secret (default/sealinit/root)
#   KEEP=1                    leaves disk, configuration and logs in build/demo
set -eu

BUILD=${BUILD:?set by the Makefile}
WORK=$BUILD/demo
IMAGE=$BUILD/image/demo-initramfs
here=$(dirname "$0")
# shellcheck source=tests/flow/lib.sh
. "$here/lib.sh"

need "$BUILD/image/vmlinuz" "$IMAGE" "$BUILD/sealinit-broker" "$BUILD/tools/initdata"
rm -rf "$WORK"
mkdir -p "$WORK"

finish() {
	status=$?
	stop_broker
	if [ "${KEEP:-0}" = 1 ]; then
		echo "kept: $WORK"
	elif [ $status -eq 0 ]; then
		rm -rf "$WORK"
	else
		echo "demo: FAILED; the console and the broker's log are in $WORK" >&2
	fi
	exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

# The guest's own words, as a timeline: when, what, how long.
timeline() {
	awk '
	/ sealinit: stage .* (done|failed)/ {
		at = $0; sub(/^\[ */, "", at); sub(/\].*/, "", at)
		line = $0; sub(/^.* sealinit: stage /, "", line)
		name = line; sub(/ .*/, "", name)
		ms = line; sub(/^.*(in|after) /, "", ms); sub(/ ms.*/, "", ms)
		text = line; if (!sub(/^[^:]* ms: /, "", text)) text = ""
		mark = line ~ /^[a-z]+ failed/ ? "FAILED" : ""
		printf "    %8.3f s  %-9s %6d ms  %s%s\n", at, name, ms, mark ? mark ": " : "", text
	}
	/ sealinit: ready in / { line = $0; sub(/^.* sealinit: /, "", line); printf "    %s\n", line }
	/ sealinit: (boot failed|power off): / { line = $0; sub(/^.* sealinit: /, "", line); printf "    %s\n", line }
	/^demo: / { printf "    | %s\n", substr($0, 7) }
	' "$WORK/$1.log" | tr -d '\r'
}

# expect NAME PATTERN WHAT: the guest said it, or the demo ends here.
expect() {
	grep -q -e "$2" "$WORK/$1.log" || {
		tail -n 40 "$WORK/$1.log" >&2
		die "$1: $3"
	}
}

refuse() {
	if grep -q -e "$2" "$WORK/$1.log"; then
		tail -n 40 "$WORK/$1.log" >&2
		die "$1: $3"
	fi
}

start() {
	echo
	echo "$1. $2"
}

run() {
	boot "$1" "$IMAGE" "$WORK/$2.img" "$WORK/disk.img" || {
		tail -n 40 "$WORK/$1.log" "$WORK/$1.qemu" >&2
		die "$1: the guest did not power itself off"
	}
	timeline "$1"
	refuse "$1" 'Kernel panic' 'the kernel panicked'
	expect "$1" 'sealinit: power off: ' 'no orderly power-off'
}

choose_accel
make_resources "$WORK/resources"
if [ -n "${BROKER_URL:-}" ]; then
	[ -r "${BROKER_ROOTS:-}" ] || die 'BROKER_ROOTS must name a PEM file with the roots of your broker'
	echo "broker: yours, at $BROKER_URL"
	make_config "$WORK/guest.json" "url=$BROKER_URL" "roots=$BROKER_ROOTS" \
		"resource=${BROKER_RESOURCE:-$ROOT_RESOURCE}"
	DIGEST=$(make_initdata guest)
else
	make_policy "$WORK/policy.json"
	start_broker broker
	make_config "$WORK/guest.json"
	DIGEST=$(make_initdata guest)
	make_policy "$WORK/policy.json" "$DIGEST"
	echo "broker: the dev broker, https on 127.0.0.1:$BROKER_PORT, releases to initdata $DIGEST"
fi
make_disk "$WORK/disk.img"
echo "guest:  QEMU with $ACCEL_NAME, 2 processors, 512 MiB, a blank disk of $((DISK_BYTES / 1048576)) MiB"

start 1 'First boot: attest, receive the keys, format the blank disk, start the container'
run first guest
expect first 'demo: first boot: ok' 'the container did not finish its work'

start 2 'Second boot, same disk: the volume opens, the file is there, the blob unseals'
run second guest
expect second 'demo: second boot: ok' 'the container did not find its data'
grep -q 'hello from the first boot' "$WORK/second.log" || die 'second: the file was not shown'
if grep -qa 'hello from the first boot' "$WORK/disk.img"; then
	die 'the text of the file stands on the disk'
fi
echo "    the host looks for the file's text on the disk, and does not find it"

start 3 'The host flips one bit in the head of the volume: refused, nothing formatted'
before=$(sha256sum <"$WORK/disk.img")
flip_bit "$WORK/disk.img" 4200
flipped=$(sha256sum <"$WORK/disk.img")
[ "$before" != "$flipped" ] || die 'the bit was not flipped'
run flipped guest
expect flipped 'boot failed: volumes: .*data' 'the volume was not refused'
refuse flipped 'demo: ' 'a container ran'
[ "$(sha256sum <"$WORK/disk.img")" = "$flipped" ] || die 'the refused disk was written to'
echo '    the disk is byte for byte what the host left'
flip_bit "$WORK/disk.img" 4200

if [ -z "${BROKER_URL:-}" ]; then
	start 4 "A configuration that the broker's policy does not know: refused, nothing unlocked"
	make_config "$WORK/stranger.json" 'create=always'
	make_initdata stranger >/dev/null
	run stranger stranger
	expect stranger 'boot failed: broker: ' 'the broker released a key'
	refuse stranger 'demo: ' 'a container ran'
	[ "$(sha256sum <"$WORK/disk.img")" = "$before" ] || die 'the disk was written to'
	echo "    the broker's log: $(grep -m 1 'DENIED' "$WORK/broker.log")"
	echo '    the disk is byte for byte what the second boot left'
fi

echo
echo 'Figures'
"$here/figures.sh" "$WORK/second.log"

echo
echo 'demo: ok'
