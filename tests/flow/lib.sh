# What the guest flows share: a broker, a disk, a configuration, one boot under QEMU.
# Sourced by demo.sh and guest.sh. Wants $BUILD (absolute) and $WORK (a scratch directory).
# shellcheck shell=sh

ROOT_RESOURCE=default/sealinit/root
DISK_BYTES=134217728 # 128 MiB

die() {
	echo "error: $*" >&2
	exit 1
}

need() {
	for file in "$@"; do
		[ -e "$file" ] || die "$file is missing: run 'make image' first"
	done
}

# Sets ACCEL to QEMU's words and ACCEL_NAME to what ran. /dev/kvm may open, and still not run a guest: the
# probe is a kernel that boots, finds no root file system, panics and thereby ends QEMU. Emulation runs both
# processors in one thread: with a thread each, one of them now and then executes the breakpoint by which the other
# has just finished patching the kernel's code, and the kernel panics.
choose_accel() {
	ACCEL='-accel tcg,thread=single -cpu max,-cx16'
	ACCEL_NAME='software emulation (TCG)'
	[ -w /dev/kvm ] || return 0
	# In a shell of its own, which keeps "Aborted" to itself.
	if (timeout -k 1 10 qemu-system-x86_64 -M q35 -accel kvm -cpu host -m 256 -display none \
		-nodefaults -no-reboot -kernel "$BUILD/image/vmlinuz" -append 'panic=-1' \
		>"$WORK/kvm-probe" 2>&1; exit $?) 2>/dev/null; then
		ACCEL='-accel kvm -cpu host'
		# shellcheck disable=SC2034 # both scripts print it
		ACCEL_NAME='KVM'
	fi
}

# make_resources DIR: what the broker releases. The root secret is random in every run.
make_resources() {
	mkdir -p "$1/default/sealinit" "$1/default/test"
	head -c 48 /dev/urandom >"$1/$ROOT_RESOURCE"
	for i in 1 2 3 4 5; do
		printf 's%s' "$i" >"$1/default/test/s$i"
	done
	echo hello >"$1/default/test/scenario"
}

# make_policy FILE DIGEST...: the broker releases to guests with these configurations, and to no other: of the
# sample TEE, and of SNP, TDX and a TPM with the measurements SNP_MEASUREMENT, TDX_MEASUREMENT and TPM_MEASUREMENT, if set.
make_policy() {
	file=$1
	shift
	digests=$(printf ',"%s"' "$@")
	rules="{\"tee\":\"sample\",\"measurement\":[\"abcde\"],\"initdata\":[${digests#,}],\"resources\":[\"default/\"]}"
	sample=$rules
	for known in ${SNP_MEASUREMENT:+"snp $SNP_MEASUREMENT"} ${TDX_MEASUREMENT:+"tdx $TDX_MEASUREMENT"} \
		${TPM_MEASUREMENT:+"tpm $TPM_MEASUREMENT"}; do
		rules="$rules,$(echo "$sample" | sed "s/\"sample\"/\"${known% *}\"/; s/abcde/${known#* }/")"
	done
	[ $# -gt 0 ] || rules=
	printf '{"version":1,"rules":[%s]}\n' "$rules" >"$file.new"
	mv "$file.new" "$file"
}

# start_broker NAME [OPTION...]: sets BROKER_PID and BROKER_PORT. The listening line comes through a
# FIFO, so nothing polls.
start_broker() {
	name=$1
	shift
	mkfifo "$WORK/$name.fifo"
	"$BUILD/sealinit-broker" --listen "127.0.0.1:${BROKER_PORT:-0}" --resources "$WORK/resources" \
		--policy "$WORK/policy.json" --tls "$WORK/tls" "$@" \
		>"$WORK/$name.fifo" 2>"$WORK/$name.log" &
	BROKER_PID=$!
	line=$(timeout 20 head -n 1 "$WORK/$name.fifo") || die "the broker did not start: $(cat "$WORK/$name.log")"
	rm "$WORK/$name.fifo"
	BROKER_PORT=${line##*:}
	BROKER_PORT=${BROKER_PORT%%[!0-9]*}
	[ -n "$BROKER_PORT" ] || die "the broker did not say where it listens: $line"
}

stop_broker() {
	[ -n "${BROKER_PID:-}" ] || return 0
	kill "$BROKER_PID" 2>/dev/null || true
	wait "$BROKER_PID" 2>/dev/null || true
	BROKER_PID=
}

# make_config FILE [JQ-free overrides as NAME=VALUE]: sealinit.json for a guest of QEMU's user network.
# Names: url, roots (a file), broker_ms, tee, on_failure, create, device, rollback, root (where the root secret comes from), extra
# (members, with their comma).
make_config() {
	file=$1
	shift
	url="https://10.0.2.2:${BROKER_PORT:-1}" roots="$WORK/tls/root.pem" broker_ms=60000
	tee=sample on_failure=poweroff create=if-blank device=serial:data rollback='' extra='' root=kbs:///$ROOT_RESOURCE
	for override in "$@"; do
		case $override in
		url=*) url=${override#*=} ;;
		roots=*) roots=${override#*=} ;;
		broker_ms=*) broker_ms=${override#*=} ;;
		tee=*) tee=${override#*=} ;;
		on_failure=*) on_failure=${override#*=} ;;
		create=*) create=${override#*=} ;;
		device=*) device=${override#*=} ;;
		rollback=*) rollback=", \"rollback\": \"${override#*=}\"" ;;
		extra=*) extra=${override#*=} ;;
		resource=*) root=kbs:///${override#*=} ;;
		root=*) root=${override#*=} ;;
		*) die "make_config: $override" ;;
		esac
	done
	pem=$(awk '{ printf "%s\\n", $0 }' "$roots")
	cat >"$file" <<JSON
{
  "version": 1,
  "tee": "$tee",
  "on_failure": "$on_failure",
  "network": { "address": "10.0.2.15/24", "gateway": "10.0.2.2", "nameservers": ["10.0.2.3"] },
  "broker": { "url": "$url", "roots": "$pem", "deadline_ms": $broker_ms },
  "root_secret": "$root",
  "volumes": [ { "name": "data", "device": "$device", "create": "$create"$rollback, "uid": 1000, "gid": 1000 } ],$extra
  "payload": { "kind": "oci", "bundle": "/usr/share/sealinit/demo" }
}
JSON
}

# make_initdata NAME: $WORK/NAME.json -> $WORK/NAME.img; prints the digest.
make_initdata() {
	"$BUILD/tools/initdata" make --config "$WORK/$1.json" --out "$WORK/$1.img" |
		grep -o 'sha[0-9]*:[0-9a-f]*' | head -n 1
}

make_disk() {
	rm -f "$1"
	truncate -s "${2:-$DISK_BYTES}" "$1"
}

# start_swtpm DIR OPTION...: sets TPM_PID. A TPM whose state is in DIR, and whose control socket is DIR/tpm.ctrl. It
# writes its number into the FIFO when its sockets are there.
start_swtpm() {
	dir=$1
	shift
	mkdir -p "$dir"
	rm -f "$dir/tpm" "$dir/tpm.ctrl" "$dir/pid"
	mkfifo "$dir/pid"
	swtpm socket --tpm2 --tpmstate "dir=$dir" --ctrl "type=unixio,path=$dir/tpm.ctrl" --pid "file=$dir/pid" "$@" \
		>"$dir/log" 2>&1 &
	TPM_PID=$!
	timeout 20 head -n 1 "$dir/pid" >/dev/null || die "swtpm did not start: $(cat "$dir/log")"
}

# on_tpm DIR COMMAND...: the TPM in DIR, started as by a firmware, while the command runs with tpm2-tools on it.
on_tpm() {
	state=$1
	shift
	start_swtpm "$state" --server "type=unixio,path=$state/tpm" --flags not-need-init,startup-clear
	TPM2TOOLS_TCTI="swtpm:path=$state/tpm" "$@" >"$state/tools" 2>&1
	ended=$?
	swtpm_ioctl --unix "$state/tpm.ctrl" -s
	wait "$TPM_PID"
	[ "$ended" -eq 0 ] || die "$*: $(cat "$state/tools")"
}

# boot NAME INITRAMFS INITDATA|none DISK|none [SECONDS]: one guest; its console goes to $WORK/NAME.log.
# 0 if it ended by itself, 124 if it had to be ended. MONITOR=PATH: QEMU's monitor, on the FIFOs PATH.in and .out.
# QUICK, WORDS: more for the kernel's command line, of all guests and of this one. TPM=DIR: a TPM with its state there, which ends with the guest.
boot() {
	name=$1 initramfs=$2 initdata=$3 disk=$4 seconds=${5:-120}
	set --
	[ "$initdata" = none ] || set -- "$@" -device virtio-blk-pci,drive=initdata \
		-drive "if=none,id=initdata,format=raw,readonly=on,file=$initdata"
	[ "$disk" = none ] || set -- "$@" -device virtio-blk-pci,drive=data,serial=data \
		-drive "if=none,id=data,format=raw,file=$disk"
	[ -z "${MONITOR:-}" ] || set -- "$@" -chardev "pipe,id=monitor,path=$MONITOR" -mon chardev=monitor
	if [ -n "${TPM:-}" ]; then
		start_swtpm "$TPM" --terminate
		set -- "$@" -chardev "socket,id=tpm,path=$TPM/tpm.ctrl" -tpmdev emulator,id=tpm0,chardev=tpm \
			-device tpm-crb,tpmdev=tpm0
	fi
	: >"$WORK/$name.log"
	# shellcheck disable=SC2086 # ACCEL is several words
	timeout -k 5 "$seconds" qemu-system-x86_64 -M q35 $ACCEL -smp 2 -m 512 -no-reboot \
		-nodefaults -display none -serial "file:$WORK/$name.log" -pidfile "$WORK/$name.pid" \
		-kernel "$BUILD/image/vmlinuz" -initrd "$initramfs" \
		-append "console=ttyS0 quiet panic=-1 ${QUICK:-} ${WORDS:-}" \
		-nic user,model=virtio-net-pci "$@" >"$WORK/$name.qemu" 2>&1
	set -- $?
	[ -z "${TPM:-}" ] || wait "$TPM_PID" || true
	return "$1"
}

# wait_line FILE PATTERN [SECONDS]: until the line is there, woken by the file's growth.
wait_line() {
	timeout "${3:-90}" tail -n +1 -f "$1" 2>/dev/null | grep -q -m 1 -e "$2"
}

# flip_bit FILE OFFSET: the lowest bit of one byte.
flip_bit() {
	byte=$(dd if="$1" bs=1 skip="$2" count=1 2>/dev/null | od -An -tu1 | tr -d ' ')
	# shellcheck disable=SC2059 # the format is the byte
	printf "\\$(printf '%03o' $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" count=1 conv=notrunc 2>/dev/null
}
