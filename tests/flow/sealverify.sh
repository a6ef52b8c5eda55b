#!/bin/sh
# sealverify as its users meet it: evidence that forge writes, good and with one thing wrong, and what the command
# says and how it ends. The recorded vectors too, where they are.
set -eu

BUILD=${BUILD:?set by the Makefile}
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

failures=0
complain() {
	echo "FAILED: $*" >&2
	sed 's/^/    /' "$WORK/out" "$WORK/err" >&2
	failures=$((failures + 1))
}

# run WANTED-STATUS WHAT ARGUMENT...: standard output and error are left in $WORK/out and err.
run() {
	want=$1 what=$2
	shift 2
	status=0
	"$BUILD/sealverify" "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
	[ "$status" -eq "$want" ] || complain "$what: exit status $status, not $want"
	if [ "$status" -eq 2 ] || [ "$status" -gt 5 ]; then
		[ ! -s "$WORK/out" ] || complain "$what: an error, and something on standard output"
		[ -s "$WORK/err" ] || complain "$what: an error without a word"
	else
		[ ! -s "$WORK/err" ] || complain "$what: a verdict, and something on standard error"
	fi
}

says() {
	grep -q -e "$1" "$WORK/out" "$WORK/err" || complain "$what: does not say '$1'"
}

says_not() {
	if grep -q -e "$1" "$WORK/out" "$WORK/err"; then
		complain "$what: says '$1'"
	fi
}

# Evidence of a kind, as its files and the options that go with it.
evidence() {
	for name in report.bin quote.dat ccel.bin report.hex chain.pem evidence.json; do
		[ ! -e "$1/$name" ] || echo "$1/$name"
	done
}

options() {
	printf '%s\n' --policy "$1/policy.json" --cache "$1/cache" --at "$(cat "$1/at")"
	[ ! -e "$1/root.pem" ] || printf '%s\n' --test-root "$1/root.pem"
	[ ! -e "$1/nonce" ] || printf '%s\n' --nonce "$(cat "$1/nonce")"
}

# case_of KIND BREAKAGE|good STATUS PATTERN
case_of() {
	dir=$WORK/$1-$2
	if [ "$2" = good ]; then
		"$BUILD/forge" "$1" --out "$dir"
	else
		"$BUILD/forge" "$1" --out "$dir" --break "$2"
	fi
	# shellcheck disable=SC2046 # names without blanks
	run "$3" "$1, $2" $(evidence "$dir") $(options "$dir")
	says "$4"
	printf 'row %-8s %-20s %s  %s\n' "$1" "$2" "$status" "$(head -n 1 "$WORK/out" "$WORK/err" -q)"
}

# --- What evidence is worth -------------------------------------------------------------------------------------

while read -r kind breakage status pattern; do
	case_of "$kind" "$breakage" "$status" "$pattern"
done <<'ROWS'
snp good 0 ^UNDER A TEST ROOT: ACCEPTED
snp signature 1 snp.signature
snp root 1 snp.chain
snp chip 1 snp.certificate-chip
snp tcb 1 snp.certificate-tcb
snp debug 1 snp.debug
snp truncated 6 report.bin: neither evidence
snp nonce 1 fresh.other
snp measurement 1 snp.mismatch
snp tcb-old 1 snp.tcb-low
snp vmpl 1 snp.vmpl
snp revoked 1 snp.revoked
snp crl-stale 4 snp.crl-stale
snp leaf-missing 4 https://kdsintf.amd.com/vcek/v1/Genoa/
snp chain-missing 4 amd-Genoa-vcek-chain.pem
snp crl-missing 4 amd-Genoa-vcek.crl
tdx good 0 ^UNDER A TEST ROOT: ACCEPTED
tdx signature 1 tdx.signature
tdx qe 1 forged
tdx key 1 forged
tdx root 1 tdx.chain
tdx debug 1 tdx.debug
tdx truncated 1 tdx.format
tdx nonce 1 fresh.other
tdx measurement 1 tdx.mismatch
tdx log 1 log.mismatch
tdx tcb-old 1 out-of-date
tdx tcb-missing 4 intel-tdx-tcb-90c06f000000.json
tdx tcb-forged 1 pcs.
tdx expired 1 pcs.
tdx revoked 1 revoked
tdx crl-missing 4 intel-root.crl
gpu good 0 ^UNDER A TEST ROOT: ACCEPTED
gpu signature 1 gpu.signature
gpu root 1 gpu.chain
gpu fwid 1 gpu.fwid
gpu truncated 1 gpu.format
gpu nonce 1 fresh.other
gpu measurement 1 rim.
gpu rim-missing 3 NV_GPU_DRIVER_GH100_550.90.07
gpu rim-forged 1 rim.
gpu revoked 1 gpu.revoked
gpu revocation-missing 4 nvidia-l2-gh100.crl
gpu driver-old 1 gpu.driver-old
tpm good 0 ^ACCEPTED
tpm signature 1 tpm.signature
tpm nonce 1 fresh.other
tpm ak 4 tpm.ak-unknown
tpm pcr 1 tpm.pcr-digest
tpm measurement 1 tpm.pcr-mismatch
log good 4 log.unsigned
log truncated 1 log.format
machine good 0 bound.devices
machine nonce 1 fresh.other
machine dropped 1 bound.other
machine twice 1 bound.
machine state 1 bound.other
machine devtools 1 devices.devtools
machine caller 1 bound.other
machine report 1 gpu.signature
ROWS

# Nothing that forge can break may pass for good, be it in the table above or not.
for kind in snp tdx gpu tpm machine; do
	for breakage in $("$BUILD/forge" "$kind" --list); do
		dir=$WORK/$kind-$breakage
		[ -d "$dir" ] || "$BUILD/forge" "$kind" --out "$dir" --break "$breakage"
		status=0
		# shellcheck disable=SC2046
		"$BUILD/sealverify" $(evidence "$dir") $(options "$dir") >"$WORK/out" 2>"$WORK/err" || status=$?
		[ "$status" -ne 0 ] || complain "$kind, $breakage: accepted"
	done
done

# --- What the user leaves out -----------------------------------------------------------------------------------

good=$WORK/snp-good
at=$(cat "$good/at")
nonce=$(cat "$good/nonce")
set -- --cache "$good/cache" --at "$at"

run 1 'no test root' "$good/report.bin" "$@" --nonce "$nonce" --policy "$good/policy.json"
says_not 'ACCEPTED'
run 5 'no nonce' "$good/report.bin" "$@" --test-root "$good/root.pem" --policy "$good/policy.json"
says 'MAYBE A RECORDING'
printf '{"version":1,"allow":["snp.no-floor"]}' >"$WORK/nothing.json"
run 3 'no reference value' "$good/report.bin" "$@" --test-root "$good/root.pem" --nonce "$nonce" \
	--policy "$WORK/nothing.json"
says 'UNKNOWN WORKLOAD'
says '--policy'
run 4 'no clock' "$good/report.bin" --cache "$good/cache" --at none --test-root "$good/root.pem" \
	--nonce "$nonce" --policy "$good/policy.json"
says 'No clock: no date was checked'

# --- Ways to give the same --------------------------------------------------------------------------------------

set -- "$@" --test-root "$good/root.pem" --policy "$good/policy.json"
# shellcheck disable=SC2059 # the format is the bytes
b64=$(/usr/bin/printf "$(sed 's/../\\x&/g' "$good/nonce")" | base64)
run 0 'nonce as hex:' "$good/report.bin" "$@" --nonce "hex:$nonce"
run 0 'report data' "$good/report.bin" "$@" --report-data "$nonce"
run 0 'a form' snp "$good/report.bin" "$@" --nonce "$nonce"
run 0 'options first' "$@" --nonce="$nonce" -- "$good/report.bin"
run 0 'certificates as files' "$good/report.bin" "$good"/cache/* --at "$at" --nonce "$nonce" \
	--test-root "$good/root.pem" --policy "$good/policy.json"
run 1 'another nonce' "$good/report.bin" "$@" --nonce "00$nonce"
what='standard input'
status=0
"$BUILD/sealverify" - "$@" --nonce "$nonce" <"$good/report.bin" >"$WORK/out" 2>"$WORK/err" || status=$?
[ "$status" -eq 0 ] || complain "$what: exit status $status"
run 0 'nonce as base64' "$good/report.bin" "$@" --nonce "$b64"
run 0 'nonce as b64:' "$good/report.bin" "$@" --nonce "b64:$b64"
run 1 'base64 of something else' "$good/report.bin" "$@" --nonce 'b64:AAAA'

# --- JSON, show, missing, explain -------------------------------------------------------------------------------

run 0 json "$good/report.bin" "$@" --nonce "$nonce" --json
says '"decision":"accepted"'
says '"genuine":"test-root"'
[ "$(wc -l <"$WORK/out")" -eq 1 ] || complain 'json: not one line'

for dir in snp-good tdx-good gpu-good tpm-good log-good; do
	for file in $(evidence "$WORK/$dir"); do
		run 0 "show ${file##*/} of $dir" show "$file"
		says '^DECODED ONLY. Nothing below was verified'
		says_not 'ACCEPTED'
		run 0 "show ${file##*/} of $dir as JSON" show --json "$file"
		says '"verified":false'
	done
done
run 6 'show of nothing' show "$WORK/nothing.json"

mkdir "$WORK/empty"
run 4 missing missing "$good/report.bin" --cache "$WORK/empty" --at "$at"
says '^amd-Genoa-vcek-.*\.der$'
says "get   curl -fsS 'https://kdsintf.amd.com/.*' -o '$WORK/empty/amd-Genoa-vcek-"
run 4 'missing as JSON' missing "$good/report.bin" --cache "$WORK/empty" --at "$at" --json
says '"command":"curl'
run 0 'nothing missing' missing "$good/report.bin" "$@" --nonce "$nonce"
says '^Nothing is missing'
[ -z "$(ls "$WORK/empty")" ] || complain 'missing: wrote into the cache'

run 0 explain --explain snp.debug
says 'snp.debug -- platform: debug'
run 0 'explain list' --explain list
cut -d ' ' -f 1 "$WORK/out" >"$WORK/codes"
while read -r code; do
	run 0 "explain $code" --explain "$code"
done <"$WORK/codes"
run 2 'explain of nothing' --explain snp.debugg
says 'did you mean snp.debug?'

# --- The command line -------------------------------------------------------------------------------------------

run 0 help --help
says 'usage: sealverify'
run 0 version --version
says '^sealverify [0-9]'
run 2 'no file'
says 'no evidence is given'
run 2 'an unknown option' --nonse aa "$good/report.bin"
says 'did you mean --nonce?'
run 2 'a nonce that is none' "$good/report.bin" --nonce 'xyz!'
run 2 'a time that is none' "$good/report.bin" --at yesterday
printf '{"version":1,"allow":["snp.debug"]}' >"$WORK/bad.json"
run 2 'a policy that allows too much' "$good/report.bin" --policy "$WORK/bad.json"
says 'nobody may allow "snp.debug"'
printf '{"mr_seam":"00"}' >"$WORK/bad.json"
run 2 'a reference value that is not judged' "$good/report.bin" --policy "$WORK/bad.json"
says '"mr_seam" is not judged'
run 6 'a file that is not there' "$WORK/nonesuch"
run 6 'a directory' "$WORK"
run 6 'an empty file' /dev/null
head -c 3000000 /dev/zero >"$WORK/big"
run 6 'a file that is too long' "$WORK/big"
what='a full disk'
status=0
"$BUILD/sealverify" --help >/dev/full 2>"$WORK/err" || status=$?
[ "$status" -eq 7 ] || complain "$what: exit status $status"

# --- Recorded evidence ------------------------------------------------------------------------------------------

if [ -d "${VECTORS:-}" ]; then
	run 4 'the Genoa vector without its chain' "$VECTORS/snp/evidence-v3-genoa.json"
	says 'amd-Genoa-vcek-chain.pem'
	run 4 'the Genoa vector with its chain' "$VECTORS/snp/evidence-v3-genoa.json" \
		"$VECTORS/snp/genoa-ask-ark-asvk.pem"
	says '^  genuine   genuine '
	run 1 'the TDX vector that can be debugged' "$VECTORS/tdx/quote-v4-debug.dat"
	says 'tdx.debug'
	run 0 'show of the TDX report' show "$VECTORS/tdx/tdreport.bin"
else
	echo 'sealverify: [SKIP] no vectors'
fi

[ "$failures" -eq 0 ] || {
	echo "sealverify: $failures failures" >&2
	exit 1
}
echo 'sealverify: ok'
