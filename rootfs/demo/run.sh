#!/bin/sh
# The demo's container: what a tenant does with sealinit. It runs without root, without capabilities and
# on a read-only root; all it has is the socket under /run/sealinit and the volume at /data.
set -u

TEXT='a key that only this pod may have'
CONTEXT=demo/first-boot
step='the start'

say() {
	echo "demo: $*"
}

fail() {
	say "FAILED at $step: $*"
	exit 1
}

# try COMMAND...: it has to succeed.
try() {
	"$@" || fail "$1 ended with $?"
}

# Lines of a file, each with the prefix.
show() {
	while IFS= read -r line; do
		say "  $line"
	done <"$1"
}

# must_exit "STATUS..." COMMAND...: a refusal is a promise, too.
must_exit() {
	want=$1
	shift
	"$@" >/tmp/refused.out 2>/tmp/refused.err
	got=$?
	case " $want " in
	*" $got "*) ;;
	*) fail "$* ended with $got, not $want: $(head -n 1 /tmp/refused.err)" ;;
	esac
	[ ! -s /tmp/refused.out ] || fail "$* was refused, and printed something"
	say "  refused, exit status $got: $(head -n 1 /tmp/refused.err)"
}

status() {
	step='sealctl status'
	say "the guest, as uid $(id -u) sees it:"
	sealctl status --wait 60 >/tmp/status || fail "$(head -n 1 /tmp/status)"
	show /tmp/status
}

evidence() {
	step='sealctl evidence'
	nonce=$(head -c 32 /dev/urandom | base64 | tr -d '\n')
	say "evidence over the nonce $nonce:"
	try sealctl evidence --nonce "$nonce" >/tmp/evidence
	head -n 1 /tmp/evidence | cut -c 1-120 >/tmp/evidence.begin
	show /tmp/evidence.begin
	grep -q -F "\"nonce\":\"$nonce\"" /tmp/evidence || fail 'the evidence is not over our nonce'
	grep -q '"report_data":"' /tmp/evidence || fail 'the evidence binds nothing'
	say "  $(wc -c </tmp/evidence) bytes, with our nonce in them"
}

volume() {
	step='the volume'
	say 'the volume at /data:'
	try sealctl volumes >/tmp/volumes
	show /tmp/volumes
	grep -q '/run/sealinit/volumes/data' /tmp/volumes || fail 'it is not among the open volumes'
	try touch /data/is-writable
	try rm /data/is-writable
}

invisible() {
	step='the view of /proc'
	seen=0
	for comm in /proc/[0-9]*/comm; do
		read -r name <"$comm" || continue
		case $name in
		sealinit*) fail "$comm is $name" ;;
		esac
		seen=$((seen + 1))
	done
	[ "$seen" -ge 1 ] || fail 'there is not even this process'
	say "of sealinit nobody is in /proc, which shows $seen"
	step='the read-only root'
	(: >/demo/written) 2>/dev/null && fail 'it can be written'
	step='the root without capabilities'
	grep -q '^CapEff:[[:space:]]*0000000000000000$' /proc/self/status || fail 'there are some'
	grep -q '^NoNewPrivs:[[:space:]]*1$' /proc/self/status || fail 'new privileges can be had'
}

first_boot() {
	step='the first boot'
	say 'first boot: sealing a text, keeping the blob on the volume'
	try sh -c 'date >/data/hello.txt && echo "hello from the first boot" >>/data/hello.txt'
	printf %s "$TEXT" >/tmp/text
	try sealctl seal --context "$CONTEXT" /tmp/text /data/blob.new
	grep -q -F "$TEXT" /data/blob.new && fail 'the blob shows the text'
	say "  $(wc -c </tmp/text) bytes became a blob of $(wc -c </data/blob.new)"
	unseals /data/blob.new
	try sync
	try mv /data/blob.new /data/blob
	try sync
}

second_boot() {
	step='the second boot'
	say 'second boot: the file of the first one says'
	show /data/hello.txt
	grep -q 'hello from the first boot' /data/hello.txt || fail 'hello.txt is another one'
	unseals /data/blob
}

unseals() {
	try sealctl unseal --context "$CONTEXT" "$1" /tmp/unsealed
	[ "$(cat /tmp/unsealed)" = "$TEXT" ] || fail 'what was unsealed is not what was sealed'
	say "  unsealed: $(cat /tmp/unsealed)"
}

refusals() {
	step='a refusal'
	say 'unsealing under another context:'
	must_exit 18 sealctl unseal --context demo/other /data/blob
	say 'unsealing a blob with one byte too many:'
	cp /data/blob /tmp/longer
	printf x >>/tmp/longer
	must_exit 18 sealctl unseal --context "$CONTEXT" /tmp/longer
	say 'a secret that the broker does not have, or not for this guest:'
	must_exit '15 16' sealctl secret default/demo/nothing-here
}

status
evidence
volume
invisible
if [ -e /data/blob ]; then
	boot=second
	second_boot
else
	boot=first
	first_boot
fi
refusals
say "$boot boot: ok"
