#!/bin/sh
# run.sh unit BINARY | flow SCRIPT [ARGUMENT...] -- runs one test program and settles what a skip is worth: where CI is
# "true" everything that a test can ask for is there, so a skip is a failure. Only the recorded vectors
# may be elsewhere: a test that skips for want of them says "vectors".
set -eu

kind=$1
what=$2
shift 2
name=$(basename "$what" .sh)
scratch=$(mktemp -d)
out=$scratch/out
trap 'rm -rf "$scratch"' EXIT

# Criterion's lines for tests that pass say nothing.
quietly() {
	grep --line-buffered -v -e '^\[RUN \]' -e '^\[PASS\]' -e '^\[----\]' -e '^\[====\] Running' || true
}

run() {
	status=0
	case $kind in
	unit) timeout -k 10 900 "$what" --verbose=1 || status=$? ;;
	flow) timeout -k 10 1800 sh "$what" "$@" || status=$? ;;
	*) echo "no such kind of test: $kind" && status=2 ;;
	esac
	echo "$status" >"$scratch/status"
}

run "$@" 2>&1 | tee "$out" | quietly
status=$(cat "$scratch/status")

# Criterion has its verdict before the test's process ends, which is when leaks are found, and what
# threads do that outlive their test.
if [ "$status" -eq 0 ] && grep -q "ERROR: \(Leak\|Address\)Sanitizer" "$out"; then
	echo "$name: a sanitizer found a fault" >&2
	status=1
fi

skips=$(grep -c -F '[SKIP]' "$out") || true
outside=$(grep -F '[SKIP]' "$out" | grep -c vectors) || true
if [ "$status" -eq 77 ]; then
	skips=1
	status=0
fi
case $status in
0) ;;
124 | 137) echo "$name: out of time" >&2 ;;
*) echo "$name: failed, exit status $status" >&2 ;;
esac
if [ "$skips" -gt 0 ]; then
	echo "$name: $skips skipped" >&2
	if [ "${CI:-}" = true ] && [ "$skips" -gt "$outside" ]; then
		echo "$name: nothing may be skipped where CI=true" >&2
		status=1
	fi
fi
exit "$status"
