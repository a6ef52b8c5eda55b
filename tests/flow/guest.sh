#!/bin/sh
# Guests under QEMU, each with one thing gone wrong: what it says, and that it powers itself off in order. Some of them
# stand in guests/, a file a device.
#
#   guest.sh [SCENARIO...]     all of them by default; logs stay in build/guests
#   guest.sh --part I/N        every N-th, from the I-th on, for N processes at a time; logs in build/guests-I
#   guest.sh --time            what evidence costs a container, by each way to a TEE
set -u

BUILD=${BUILD:?set by the Makefile}
WORK=$BUILD/guests part=1/1
[ "${1:-}" != --part ] || {
	part=$2
	WORK=$WORK-${part%/*}
	shift 2
}
IMAGE=$BUILD/image/test-initramfs
here=$(dirname "$0")
# shellcheck source=tests/flow/lib.sh
. "$here/lib.sh"

passed=0 failed=0 current=

ok() {
	passed=$((passed + 1))
	echo "ok      $current, $(($(date +%s) - begun)) s"
}

not_ok() {
	failed=$((failed + 1))
	echo "FAILED  $current: $*"
	[ ! -s "$WORK/$current.log" ] || tail -n 25 "$WORK/$current.log" | sed 's/^/        /'
}

# says PATTERN...: the console has each of them; panics and unordered ends never pass.
says() {
	for pattern in 'sealinit: power off: ' "$@"; do
		grep -q -e "$pattern" "$WORK/$current.log" || {
			not_ok "the console does not say '$pattern'"
			return 1
		}
	done
	never 'Kernel panic' 'sealinit: .*signal 11'
}

never() {
	for pattern in "$@"; do
		if grep -q -e "$pattern" "$WORK/$current.log"; then
			not_ok "the console says '$pattern'"
			return 1
		fi
	done
}

# guest INITDATA|none DISK|none [SECONDS]: boots the current scenario's guest to its end.
guest() {
	boot "$current" "$IMAGE" "$@" || {
		not_ok 'the guest did not power itself off'
		return 1
	}
}

# known NAME [OVERRIDE...]: a configuration that the broker's policy knows.
known() {
	name=$1
	shift
	make_config "$WORK/$name.json" "$@"
	digest=$(make_initdata "$name")
	[ -n "$digest" ] || die "no digest for $name"
	DIGESTS="$DIGESTS $digest"
	# As the host would put it into the launch: hex alone.
	echo "${digest#*:}" >"$WORK/$name.digest"
	# shellcheck disable=SC2086 # digests are words
	make_policy "$WORK/policy.json" $DIGESTS
}

scenario() {
	echo "$1" >"$WORK/resources/default/test/scenario"
}

unchanged() {
	[ "$(sha256sum <"$1")" = "$2" ] && return 0
	not_ok 'the disk was written to'
	return 1
}

# --- what a payload does -------------------------------------------------------------------------

payload() {
	scenario "$1"
	make_disk "$WORK/$current.disk"
	guest "$WORK/guest.img" "$WORK/$current.disk" "${2:-150}"
}

# The beginning of a file does not stand in the console's log, in any of the usual forms.
not_told() {
	for form in "$(head -c 12 "$1" | od -An -tx1 | tr -d ' \n')" "$(head -c 12 "$1" | base64)"; do
		if grep -qi -F -e "$form" "$WORK/$current.log"; then
			not_ok "the console tells $1"
			return 1
		fi
	done
}

# The keys of the boot and five secrets: one attestation.
t_secrets() {
	before=$(grep -c ' -> token' "$BROKER_LOG")
	payload secrets && says 'payload: secrets ok' 'stage broker done .*, 1 evidence request,' || return
	after=$(grep -c ' -> token' "$BROKER_LOG")
	[ $((after - before)) -eq 1 ] || {
		not_ok "$((after - before)) attestations, not 1"
		return
	}
	not_told "$WORK/resources/$ROOT_RESOURCE" && ok
}

t_invisible() {
	payload invisible && says 'payload: invisible ok' && ok
}

t_api_killed() {
	payload load-kill-api 240 && says 'payload: api killed: .* 0 wrong' 'payload ended: exit status 0' && ok
}

t_attest_killed() {
	payload kill-attest 240 && says 'payload: attest killed: attested again' 'payload ended: exit status 0' && ok
}

t_payload_dies() {
	payload die && says 'payload ended: ' && never 'payload ended: exit status 0' && ok
}

t_payload_fails() {
	payload exit-3 && says 'payload ended: exit status 3' && ok
}

# SIGINT to PID 1. The payload writes on, and ignores SIGTERM as the first process of its namespace may.
t_ctrl_alt_del() {
	scenario write-forever
	make_disk "$WORK/$current.disk"
	mkfifo "$WORK/monitor.in" "$WORK/monitor.out"
	cat "$WORK/monitor.out" >/dev/null &
	MONITOR=$WORK/monitor boot "$current" "$IMAGE" "$WORK/guest.img" "$WORK/$current.disk" &
	qemu=$!
	wait_line "$WORK/$current.log" 'payload: written 3' &&
		echo 'sendkey ctrl-alt-delete' >"$WORK/monitor.in"
	wait "$qemu" || {
		not_ok 'the guest did not power itself off'
		return
	}
	says 'sealinit: power off: ctrl-alt-del' || return
	scenario hello
	guest "$WORK/guest.img" "$WORK/$current.disk" && says 'payload: ok' && ok
}

# --- disks ---------------------------------------------------------------------------------------

t_reopened() {
	payload hello && says 'payload: ok' 'payload ended: exit status 0' 'ready in ' || return
	guest "$WORK/guest.img" "$WORK/$current.disk" &&
		says 'the file and the blob of an earlier boot are there' 'payload: ok' && ok
}

t_killed_while_writing() {
	scenario write-forever
	make_disk "$WORK/$current.disk"
	boot "$current" "$IMAGE" "$WORK/guest.img" "$WORK/$current.disk" 120 &
	qemu=$!
	wait_line "$WORK/$current.log" 'payload: written 3' || {
		not_ok 'the payload did not write'
		return
	}
	kill -KILL "$(cat "$WORK/$current.pid")" || {
		not_ok 'QEMU was not there to be killed'
		return
	}
	wait "$qemu"
	scenario hello
	guest "$WORK/guest.img" "$WORK/$current.disk" && says 'payload: ok' && never 'formatted' && ok
}

t_no_disk() {
	guest "$WORK/guest.img" none && says 'boot failed: volumes: .*serial:data' && ok
}

t_small_disk() {
	make_disk "$WORK/$current.disk" 1048576
	before=$(sha256sum <"$WORK/$current.disk")
	guest "$WORK/guest.img" "$WORK/$current.disk" && says 'boot failed: volumes: ' &&
		unchanged "$WORK/$current.disk" "$before" && ok
}

t_blank_disk_never() {
	make_disk "$WORK/$current.disk"
	before=$(sha256sum <"$WORK/$current.disk")
	guest "$WORK/never.img" "$WORK/$current.disk" && says 'boot failed: volumes: ' &&
		unchanged "$WORK/$current.disk" "$before" && ok
}

t_foreign_disk() {
	make_disk "$WORK/$current.disk"
	echo 'somebody else' | dd of="$WORK/$current.disk" bs=1 seek=70000 conv=notrunc 2>/dev/null
	before=$(sha256sum <"$WORK/$current.disk")
	guest "$WORK/guest.img" "$WORK/$current.disk" && says 'boot failed: volumes: ' &&
		unchanged "$WORK/$current.disk" "$before" && ok
}

# A scratch volume is made anew in every boot, whatever the last one left.
t_scratch() {
	scenario hello
	make_disk "$WORK/$current.disk"
	guest "$WORK/scratch.img" "$WORK/$current.disk" || return
	guest "$WORK/scratch.img" "$WORK/$current.disk" && says 'payload: ok' && ok
}

# --- configurations ------------------------------------------------------------------------------

t_no_initdata() {
	guest none none && says 'boot failed: config: .*no configuration' && ok
}

# image_plus: the image with what $WORK/$current.manifest has, in an archive behind it.
image_plus() {
	"$BUILD/tools/mkinitramfs" --gzip --out "$WORK/$current.extra" "$WORK/$current.manifest" >/dev/null ||
		die 'no archive to add to the image'
	cat "$IMAGE" "$WORK/$current.extra" >"$WORK/$current.initramfs"
}

# etc_sealinit NAME FILE: begins such a manifest.
etc_sealinit() {
	cat >"$WORK/$current.manifest" <<MANIFEST
/etc dir 0755 0:0
/etc/sealinit dir 0755 0:0
/etc/sealinit/$1 file 0644 0:0 $2
MANIFEST
}

# image_with CONFIG [SCENARIO]: the image with a configuration of its own, and with the scenario for a payload that no
# broker tells it.
image_with() {
	etc_sealinit sealinit.json "$1"
	if [ -n "${2:-}" ]; then
		echo "$2" >"$WORK/$current.scenario"
		path=
		for name in usr share sealinit demo rootfs etc; do
			path=$path/$name
			echo "$path dir 0755 0:0"
		done >>"$WORK/$current.manifest"
		echo "$path/scenario file 0644 0:0 $WORK/$current.scenario" >>"$WORK/$current.manifest"
	fi
	image_plus
}

# image_places LINE...: the image with these lines in its list of what is elsewhere.
image_places() {
	printf '%s\n' "$@" >"$WORK/$current.places"
	etc_sealinit devices "$WORK/$current.places"
	image_plus
}

# The image's own file; the broker is sent no initdata then.
t_image_config() {
	scenario hello
	make_disk "$WORK/$current.disk"
	image_with "$WORK/guest.json"
	boot "$current" "$WORK/$current.initramfs" none "$WORK/$current.disk" || {
		not_ok 'the guest did not power itself off'
		return
	}
	says 'stage config done .*the image' 'payload: ok' && ok
}

# The product's own image, without the sample: a host that took the TEE away does not get to say what is to be done then.
t_product_without_a_tee() {
	boot "$current" "$BUILD/image/initramfs" "$WORK/degraded.img" none || {
		not_ok 'the guest did not power itself off'
		return
	}
	says 'boot failed: config: an initdata disk, which nothing here measures' && never degraded 'stage payload' && ok
}

t_initdata_cut() {
	size=$(stat -c %s "$WORK/guest.img")
	head -c $((size / 2)) "$WORK/guest.img" >"$WORK/$current.img"
	truncate -s $(((size / 2 + 511) / 512 * 512)) "$WORK/$current.img"
	guest "$WORK/$current.img" none && says 'boot failed: config: ' && ok
}

t_initdata_unknown() {
	make_config "$WORK/$current.json" create=always broker_ms=59000
	make_initdata "$current" >/dev/null
	make_disk "$WORK/$current.disk"
	before=$(sha256sum <"$WORK/$current.disk")
	guest "$WORK/$current.img" "$WORK/$current.disk" && says 'boot failed: broker: ' &&
		unchanged "$WORK/$current.disk" "$before" && ok
}

t_initdata_nonsense() {
	sed 's/"version": 1/"version": 1, "debug": true/' "$WORK/guest.json" >"$WORK/$current.json"
	make_initdata "$current" >/dev/null
	guest "$WORK/$current.img" none && says 'boot failed: config: .*debug' && ok
}

# --- brokers -------------------------------------------------------------------------------------

t_broker_late() {
	scenario hello
	make_disk "$WORK/$current.disk"
	stop_broker
	boot "$current" "$IMAGE" "$WORK/guest.img" "$WORK/$current.disk" 150 &
	qemu=$!
	wait_line "$WORK/$current.log" 'sealinit-attest: broker: not yet' 60
	judge "$current.broker"
	wait "$qemu" || {
		not_ok 'the guest did not power itself off'
		return
	}
	says 'sealinit-attest: broker: not yet' 'payload: ok' && ok
}

t_broker_never() {
	guest "$WORK/nobody.img" none && says 'boot failed: broker: ' && ok
}

t_broker_never_degraded() {
	guest "$WORK/degraded.img" none && says 'degraded' 'payload: degraded ok' && ok
}

t_broker_not_ours() {
	guest "$WORK/notours.img" none && says 'boot failed: broker: .*root' && ok
}

t_two_guests() {
	scenario hello
	make_disk "$WORK/$current.disk"
	make_disk "$WORK/$current.disk2"
	boot "$current-2" "$IMAGE" "$WORK/guest.img" "$WORK/$current.disk2" 200 &
	other=$!
	guest "$WORK/guest.img" "$WORK/$current.disk" 200 || return
	if ! wait "$other" || ! grep -q 'payload: ok' "$WORK/$current-2.log"; then
		not_ok 'the second guest did not finish'
		return
	fi
	says 'payload: ok' && ok
}

# --- hardware ------------------------------------------------------------------------------------

# launch KIND MEMBER: what forge's policy for KIND has as launch measurement.
launch() {
	grep -o "\"$2\":\[\"[0-9a-f]*" "$BUILD/tee/$1/policy.json" | grep -o '[0-9a-f]*$'
}

# make_reference [AK CONFIG]: roots and reference values of the guests' TEEs, and of a TPM whose key has that digest. SNP's certificates come with each report, as a host sends them; a
# copy in the broker's cache would do for a guest whose own are wrong.
# shellcheck disable=SC2120 # the scenarios of a TPM have arguments for it
make_reference() {
	cat "$BUILD/tee/snp/root.pem" "$BUILD/tee/tdx/root.pem" >"$WORK/roots.pem"
	SNP_MEASUREMENT=$(launch snp measurement) TDX_MEASUREMENT=$(launch tdx mrtd)
	# What SeaBIOS tells of itself in PCR 4, as in all of 0 to 7: it measures no kernel.
	TPM_MEASUREMENT=$(extended "$(printf 'Calling INT 19h' | hash)" "$(printf '\377\377\377\377' | hash)")
	zeros=$(printf '%096d' 0) tpm=
	[ $# -eq 0 ] || tpm=",
  \"tpm\": { \"ak\": [\"$1\"], \"initdata\": [\"$(cat "$WORK/$2.digest")\"] }"
	cat >"$WORK/reference.json" <<JSON
{ "version": 1, "allow": ["snp.no-floor"],
  "snp": { "measurement": ["$SNP_MEASUREMENT"], "revocation": "if-present" },
  "tdx": { "mrtd": ["$TDX_MEASUREMENT"], "rtmr1": ["$zeros"], "rtmr2": ["$zeros"] }$tpm }
JSON
}

hash() {
	sha256sum | cut -d ' ' -f 1
}

# extended DIGEST...: a PCR of SHA-256 that was zero, by each of them.
extended() {
	value=$(printf '%064d' 0)
	for by in "$@"; do
		value=$(printf '%s%s' "$value" "$by" | tr a-f A-F | basenc -d --base16 | hash)
	done
	echo "$value"
}

# judge NAME [CACHE]: starts a broker that knows them.
judge() {
	BROKER_LOG=$WORK/$1.log
	start_broker "$1" --reference "$WORK/reference.json" --cache "${2:-$BUILD/tee/tdx/cache}" \
		--test-root "$WORK/roots.pem"
}

# tee NAME PROVIDER [BREAK [WORDS]]: boots with that TEE, for which the host measured the configuration NAME.
tee() {
	make_disk "$WORK/$current.disk"
	tee_again "$@"
}

# The same, with the disk as the last boot left it.
tee_again() {
	WORDS="tee=$2 tee.initdata=$(cat "$WORK/$1.digest") ${3:+tee.break=$3} ${4:-}"
	guest "$WORK/$1.img" "$WORK/$current.disk"
	ended=$?
	WORDS=
	return "$ended"
}

# refuses PATTERN: the broker's log, from this scenario on, has it, and the guest ended without its keys.
refuses() {
	says 'boot failed: broker: ' || return 1
	tail -n "+$mark" "$BROKER_LOG" | grep -q -e "$1" && return 0
	not_ok "the broker does not say '$1'"
	tail -n 5 "$BROKER_LOG" | sed 's/^/        /'
	return 1
}

# take_document: what the payload showed as "document", into $current.json.
take_document() {
	sed -n 's/.*payload: document //p' "$WORK/$current.log" | tr -d '\r\n' >"$WORK/$current.json"
}

# shown TEE CODE...: sealverify takes what the payload showed as "document" as it comes, and says these codes.
shown() {
	tee=$1
	shift
	take_document
	"$BUILD/sealverify" "$WORK/$current.json" --nonce bm9uY2U= --policy "$WORK/reference.json" \
		--cache "$BUILD/tee/$tee/cache" --test-root "$WORK/roots.pem" --json >"$WORK/$current.verdict" 2>&1
	ended=$?
	for code in "$@"; do
		grep -q -F -e "\"$code\"" "$WORK/$current.verdict" && continue
		not_ok "sealverify ended with $ended and does not say $code"
		return 1
	done
}

t_snp_evidence() {
	scenario evidence
	tee snp sev_guest && says 'stage evidence done .*snp' 'payload: event {"index":' 'own domain is denied' 'payload: ok' &&
		shown snp bound.log fresh.answers && ok
}

# A thousand events of ten writers, and evidence meanwhile: nothing is lost, and the log replays.
t_snp_events() {
	scenario events
	tee snp sev_guest && says 'payload: "count":100[0-9]' 'payload: ok' && shown snp bound.log && ok
}

t_snp_events_killed() {
	scenario kill-attest-events
	tee snp sev_guest && says 'payload: attest killed 3 times: ' 'payload: ok' && shown snp bound.log fresh.answers && ok
}

t_snp_busy() {
	scenario hello
	tee snp sev_guest busy && says 'payload: ok' && ok
}

# A slow TEE delays those who ask for evidence, and nobody else.
t_snp_slow() {
	scenario slow-tee
	tee snp sev_guest slow && says 'payload: others were served' 'payload: ok' && ok
}

t_snp_ioctl_slow() {
	scenario slow-tee
	by_ioctl snp slow && says 'payload: others were served' 'payload: ok' && ok
}

t_snp_debug() {
	tee snp sev_guest debug && refuses 'snp.debug' && ok
}

t_snp_measurement() {
	tee snp sev_guest measurement && refuses 'snp.mismatch: measurement' && ok
}

t_snp_root() {
	tee snp sev_guest root && refuses 'snp.chain' && ok
}

# What the firmware says binds other data, and so does not even reach the broker.
t_snp_foreign() {
	tee snp sev_guest foreign && says 'boot failed: .*binds other data' && ok
}

t_snp_empty() {
	tee snp sev_guest empty && says 'boot failed: .*empty report' && ok
}

# The host fails a request, and so the kernel wipes the key to the firmware. configfs says no more than EIO; the device
# says what that was.
t_snp_error() {
	tee snp sev_guest error && says 'boot failed: .*tee-dead: the kernel says that the VMPCK is disabled' && ok
}

# --- SNP by ioctl alone --------------------------------------------------------------------------

# by_ioctl NAME [BREAK]: configfs is not there.
by_ioctl() {
	tee "$1" sev_guest "${2:-}" tee.configfs=no
}

t_snp_ioctl_evidence() {
	scenario evidence
	by_ioctl snp && says 'no TSM' 'stage config done .*HOST_DATA' 'stage evidence done .*snp' 'payload: ok' &&
		took 'reported by ioctl' && shown snp bound.log fresh.answers && ok
}

# Another request has the device: asked again.
t_snp_ioctl_busy() {
	scenario hello
	by_ioctl snp busy && says 'payload: ok' && ok
}

# The host throttles: the kernel itself waits for it, 2 s a step.
t_snp_ioctl_throttled() {
	scenario hello
	by_ioctl snp throttled && says 'payload: ok' && ok
}

# It goes on for longer than the kernel waits, which wipes the key then.
t_snp_ioctl_choked() {
	by_ioctl snp choked && says 'boot failed: .*tee-dead: the host throttled us' && ok
}

t_snp_choked() {
	tee snp sev_guest choked && says 'boot failed: .*tee-dead: the host throttled us' && ok
}

t_snp_ioctl_measurement() {
	by_ioctl snp measurement && refuses 'snp.mismatch: measurement' && ok
}

# Below VMPL 0, where somebody else is the guest's monitor: the firmware refuses level 0, the report says 1, and the
# verifier, which was told of no monitor, refuses that.
t_snp_ioctl_vmpl() {
	tee snp sev_guest '' 'tee.configfs=no tee.floor=1' && refuses 'snp.vmpl: VMPL 1, must be 0' && ok
}

t_snp_vmpl() {
	tee snp sev_guest '' tee.floor=1 && refuses 'snp.vmpl: VMPL 1, must be 0' && ok
}

t_snp_ioctl_initdata() {
	cp "$WORK/snp.img" "$WORK/swapped.img"
	cp "$WORK/snp-other.digest" "$WORK/swapped.digest"
	by_ioctl swapped && says 'boot failed: config: .*HOST_DATA' && ok
}

t_snp_ioctl_foreign() {
	by_ioctl snp foreign && says 'boot failed: .*binds other data' && ok
}

t_snp_ioctl_short() {
	by_ioctl snp short && says 'boot failed: .*a report of 1183 bytes' && ok
}

t_snp_ioctl_empty() {
	by_ioctl snp empty && says 'boot failed: .*a report of 0 bytes' && ok
}

t_snp_ioctl_error() {
	by_ioctl snp error && says 'boot failed: .*tee-dead: the host failed the request' && ok
}

t_snp_ioctl_tampered() {
	by_ioctl snp tampered && says 'boot failed: .*tee-dead: the firmware.s reply did not authenticate' && ok
}

# It fails in the life of the guest, after the boot's two reports: a state of its own, in which all but evidence goes on.
t_snp_ioctl_wiped() {
	scenario tee-dead
	by_ioctl snp wiped && says 'payload: no evidence: tee-dead' 'payload: ok' && ok
}

t_snp_wiped() {
	scenario tee-dead
	tee snp sev_guest wiped && says 'payload: no evidence: tee-dead' 'payload: ok' && ok
}

# A host with more certificates than a guest can take: the kernel says so with their length, and the report comes without
# them. A broker that has the chip's certificate itself takes it.
without_certs() {
	stop_broker
	judge "$current.broker" "$BUILD/tee/snp/cache"
	scenario evidence
	tee snp sev_guest certs "$@" && says 'payload: ok' && shown snp bound.log fresh.answers
	ended=$?
	stop_broker
	judge "$current.after"
	[ "$ended" -eq 0 ] || return
	grep -q '"cert_chain":null' "$WORK/$current.json" || {
		not_ok 'the host sent certificates all the same'
		return
	}
	ok
}

t_snp_certs() {
	without_certs
}

t_snp_ioctl_certs() {
	without_certs tee.configfs=no
}

# --- the chip's key as root secret ---------------------------------------------------------------

# No broker has a part in it. The volume opens for this chip, policy, measurement and configuration alone.
t_snp_derived() {
	scenario hello
	tee derived sev_guest && says 'stage keys done .*an SNP derived key' 'payload: ok' &&
		tee_again derived sev_guest '' tee.configfs=no &&
		says 'the file and the blob of an earlier boot are there' 'payload: ok' || return
	before=$(sha256sum <"$WORK/$current.disk")
	for other in measurement chip debug; do
		tee_again derived sev_guest "$other" && says 'boot failed: volumes: ' &&
			unchanged "$WORK/$current.disk" "$before" || return
	done
	ok
}

# The platform masks its chip's key: what the firmware derives then is no secret of the chip's.
t_snp_derived_masked() {
	tee derived sev_guest masked && says 'boot failed: keys: .*masks its chip.s key' && ok
}

# Refused with the device gone: nothing else stands in for the chip's key.
t_snp_derived_dead() {
	tee derived sev_guest wiped && says 'boot failed: keys: .*tee-dead: ' && ok
}

# The host measured another configuration than the one on the disk.
t_snp_initdata() {
	cp "$WORK/snp.img" "$WORK/swapped.img"
	cp "$WORK/snp-other.digest" "$WORK/swapped.digest"
	tee swapped sev_guest && says 'boot failed: config: .*HOST_DATA' && ok
}

# RTMR3 holds the log's head, and the quote has both.
t_tdx_evidence() {
	scenario evidence
	tee tdx tdx_guest && says 'stage config done .*MRCONFIGID' 'stage evidence done .*tdx' \
		'"strength":"rtmr","register":"RTMR3"' 'payload: ok' && took 'quoted by configfs' &&
		shown tdx bound.log fresh.answers && rtmr_is_bound && policy_is_logged && ok
}

# By the digest of what the container was given as the policy.
policy_is_logged() {
	digest=$(sed -n 's/^payload: policy //p' "$WORK/$current.log" | tr -d '\r\n' | sha256sum)
	logged_once "policy {\"digest\":\"sha256:${digest%% *}\"}"
}

# Not by the answer's own word alone: the log that the quote's own registers are replayed with has our events too.
rtmr_is_bound() {
	grep -q '"strength":"rtmr"' "$WORK/$current.verdict" && ! grep -q '"log.mismatch"' "$WORK/$current.verdict" && return
	not_ok 'the verdict does not say that RTMR3 holds the log'
	return 1
}

t_tdx_debug() {
	tee tdx tdx_guest debug && refuses 'tdx.debug' && ok
}

t_tdx_measurement() {
	tee tdx tdx_guest measurement && refuses 'tdx.mismatch: mrtd' && ok
}

t_tdx_root() {
	tee tdx tdx_guest root && refuses 'tdx.chain' && ok
}

t_tdx_foreign() {
	tee tdx tdx_guest foreign && says 'boot failed: .*binds other data' && ok
}

t_tdx_error() {
	tee tdx tdx_guest error && says 'boot failed: .*no quoting service' && ok
}

# Attest is killed three times while containers write: RTMR3 outlives it, and so does the log. What was in the middle is
# finished or was never there, and the boot's own events are not written again.
t_tdx_events_killed() {
	scenario kill-attest-events
	tee tdx tdx_guest && says 'payload: attest killed 3 times: ' 'payload: ok' &&
		shown tdx bound.log fresh.answers && rtmr_is_bound && ok
}

# Attest dies five times in its boot, each time after RTMR3 was extended and before the log counted that: with its events
# for the configuration, for the policy, for the root secret, for the volume, and for "ready".
t_tdx_boot_killed() {
	scenario evidence
	tee tdx tdx_guest '' tee.kill=extend:5 && says 'payload: ok' &&
		shown tdx bound.log fresh.answers && rtmr_is_bound || return
	killed=$(grep -c 'sealinit-attest: .*started again' "$WORK/$current.log")
	[ "$killed" -eq 5 ] || {
		not_ok "attest was killed $killed times"
		return
	}
	logged_once config policy 'secret {"path":"default/sealinit/root"' volume ready && ok
}

# logged_once EVENT...: each stands once in the log of the document that was shown.
logged_once() {
	sed -n 's/.*"events":"\([^"]*\)".*/\1/p' "$WORK/$current.json" | base64 -d >"$WORK/$current.events"
	for event in "$@"; do
		times=$(grep -a -o -F -e "sealinit $event" "$WORK/$current.events" | wc -l)
		[ "$times" -eq 1 ] && continue
		not_ok "'sealinit $event' stands $times times in the log"
		return 1
	done
}

# What attesting took, the boot's one quote included. A figure, since emulation makes it no more than that.
took() {
	sed -n "s/.*stage evidence done in \([0-9]* ms\).*/took    \1, $1/p" "$WORK/$current.log"
}

# The host's quoting service, asked directly: configfs is not there.
t_tdx_vsock() {
	scenario hello
	tee tdx tdx_guest '' 'tee.configfs=no tee.qgs=answer' &&
		says 'stage evidence done .*tdx' 'payload: ok' && took 'quoted by vsock' && ok
}

# configfs is there, would fail, and is not asked.
t_tdx_vsock_first() {
	scenario hello
	tee tdx tdx_guest error tee.qgs=answer && says 'stage evidence done .*tdx' 'payload: ok' && ok
}

# Somebody else in the guest writes into the report directory before the quote is read, three times: asked again. The module
# counts their write where configfs-tsm does.
t_tdx_overtaken() {
	scenario hello
	tee tdx tdx_guest overtaken && says 'overtaken by another writer' 'payload: ok' && ok
}

# They never stop.
t_tdx_outrun() {
	tee tdx-hasty tdx_guest outrun && says 'boot failed: broker: .*tsm: generation [0-9]* -> [0-9]*' && ok
}

t_tdx_slow() {
	scenario hello
	tee tdx tdx_guest slow && says 'payload: ok' && took 'quoted by configfs, which waits for 3 s' && ok
}

t_tdx_vsock_refuse() {
	scenario hello
	tee tdx tdx_guest '' tee.qgs=refuse && says 'payload: ok' && took 'refused by vsock, quoted by configfs' && ok
}

t_tdx_vsock_hang() {
	scenario hello
	tee tdx tdx_guest '' tee.qgs=hang && says 'tdx: no direct quote: qgs: no answer in time' 'payload: ok' &&
		took 'no answer by vsock, quoted by configfs' && ok
}

t_tdx_vsock_foreign() {
	tee tdx tdx_guest '' tee.qgs=foreign && says 'boot failed: .*of another TDREPORT' && ok
}

# A kernel that calls the device otherwise, and an image that says so: registers, RTMR3 and TDREPORTs are found there.
t_tdx_elsewhere() {
	scenario evidence
	image_places '# names of this kernel' 'tdx-guest /dev/tdx-attest2' \
		'tdx-measurements /sys/devices/virtual/misc/tdx-attest2/measurements' \
		'rtmr /sys/devices/virtual/misc/tdx-attest2/measurements/rtmr3:sha384'
	IMAGE=$WORK/$current.initramfs
	tee tdx tdx_guest '' 'tee.configfs=no tee.qgs=answer tee.device=tdx-attest2'
	ended=$?
	IMAGE=$BUILD/image/test-initramfs
	[ "$ended" -eq 0 ] && says 'stage config done .*MRCONFIGID' '"strength":"rtmr","register":"RTMR3"' 'payload: ok' &&
		shown tdx bound.log fresh.answers && rtmr_is_bound && ok
}

t_tdx_initdata() {
	cp "$WORK/tdx.img" "$WORK/swapped.img"
	cp "$WORK/snp.digest" "$WORK/swapped.digest"
	tee swapped tdx_guest && says 'boot failed: config: .*MRCONFIGID' && ok
}

# The configuration asks for another TEE than is there: no other one stands in for it.
t_tdx_for_snp() {
	cp "$WORK/snp.img" "$WORK/swapped.img"
	cp "$WORK/snp.digest" "$WORK/swapped.digest"
	tee swapped tdx_guest && says 'boot failed: .*tee is "snp", but this is tdx' && ok
}

# --- times ---------------------------------------------------------------------------------------

# timed WAY: what the payload measured, as a container sees it over the socket.
timed() {
	says 'payload: ok' || return
	line=$(sed -n 's/.*payload: evidence, //p' "$WORK/$current.log" | tr -d '\r')
	printf '%-16s  %s\n' "$1" "$line"
	ok
}

m_sample() {
	payload time-evidence && timed 'sample'
}

m_snp_configfs() {
	scenario time-evidence
	tee snp sev_guest && timed 'SNP by configfs'
}

m_snp_ioctl() {
	scenario time-evidence
	by_ioctl snp && timed 'SNP by ioctl'
}

m_tdx_configfs() {
	scenario time-evidence
	tee tdx tdx_guest && timed 'TDX by configfs'
}

m_tdx_vsock() {
	scenario time-evidence
	tee tdx tdx_guest '' 'tee.configfs=no tee.qgs=answer' && timed 'TDX by vsock'
}

# -------------------------------------------------------------------------------------------------

for group in "$here"/guests/*.sh; do
	# shellcheck source=/dev/null
	. "$group"
done

need "$BUILD/image/vmlinuz" "$IMAGE" "$BUILD/tee/snp/root.pem" "$BUILD/tee/tdx/root.pem" "$BUILD/sealinit-broker" "$BUILD/tools/initdata"
rm -rf "$WORK"
mkdir -p "$WORK"
trap 'stop_broker' EXIT
trap 'exit 130' INT TERM

# The kernel's tests of its own ciphers and random numbers are more than a tenth of an emulated boot.
QUICK='cryptomgr.notests initcall_blacklist=jent_mod_init'
choose_accel
echo "guests: QEMU with $ACCEL_NAME"
make_resources "$WORK/resources"
make_policy "$WORK/policy.json"
start_broker first
DIGESTS=none # what the policy calls a guest that sends no initdata
known guest
known never create=never
known scratch create=always
known nobody url=https://10.0.2.2:1 broker_ms=4000
known degraded url=https://10.0.2.2:1 broker_ms=4000 on_failure=degraded
stop_broker
start_broker other --tls "$WORK/tls-other"
stop_broker
# shellcheck disable=SC2119
make_reference
judge broker
known snp tee=snp
known snp-other tee=auto
known tdx tee=tdx
known tdx-hasty tee=tdx broker_ms=6000
known derived tee=snp root=snp:derived
known gpu tee=tdx 'extra="gpus": { "count": 1 },'
known tpm tee=tpm
known tpm-auto tee=auto broker_ms=61000
known tpm-sealed tee=tpm root=tpm:sealed
known tpm-sealed-other tee=tpm root=tpm:sealed broker_ms=61000
known snp-sealed tee=snp root=tpm:sealed
known anchored rollback=tpm
known notours "roots=$WORK/tls-other/root.pem" broker_ms=8000

kind=t
[ "${1:-}" != --time ] || {
	kind=m
	shift
}
if [ $# -eq 0 ]; then
	# shellcheck disable=SC2046 # one word a scenario
	set -- $(sed -n "s/^${kind}_\([a-z_0-9]*\)() {\$/\1/p" "$0" "$here"/guests/*.sh |
		awk -v "i=${part%/*}" -v "n=${part#*/}" 'NR % n == i % n')
fi
for current in "$@"; do
	type "${kind}_$current" >/dev/null 2>&1 || die "there is no scenario '$current'"
	begun=$(date +%s)
	mark=$(($(wc -l <"$BROKER_LOG") + 1))
	"${kind}_$current"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
