# Scenarios of guest.sh: NVIDIA's devices, served by tests/guest/nvidia.
# shellcheck shell=sh disable=SC2034,SC2154 # guest.sh, which reads this, has the variables

# gpu_broker: a broker that judges GPUs too, where every guest must show one. gpu_broker_done: the others' again.
gpu_broker() {
	stop_broker
	rm -rf "$WORK/gpu-cache"
	cp -r "$BUILD/tee/tdx/cache" "$WORK/gpu-cache"
	cp "$BUILD"/tee/gpu/cache/nvidia-rim-* "$WORK/gpu-cache/"
	sed 's/"tdx":/"gpu": { "count": 1, "min_driver": "550.90.07", "revocation": "if-present" }, &/' \
		"$WORK/reference.json" >"$WORK/gpu-reference.json"
	cat "$WORK/roots.pem" "$BUILD/tee/gpu/root.pem" >"$WORK/gpu-roots.pem"
	BROKER_LOG=$WORK/$current.broker.log
	start_broker "$current.broker" --reference "$WORK/gpu-reference.json" --cache "$WORK/gpu-cache" \
		--test-root "$WORK/gpu-roots.pem"
	mark=1
}

gpu_broker_done() {
	stop_broker
	judge "$current.after"
}

# with_gpus COUNT BREAK: boots a TD with so many plugged in, whose configuration wants one.
with_gpus() {
	gpu_broker
	tee gpu tdx_guest '' "gpu=$1 ${2:+gpu.break=$2}"
	ended=$?
	gpu_broker_done
	return "$ended"
}

# let_work N: the devices were told so many times that they may work.
let_work() {
	times=$(grep -c 'nvidia-persistenced: the devices accept work: 1' "$WORK/$current.log")
	[ "$times" -eq "$1" ] && return 0
	not_ok "the devices were let work $times times, not $1"
	return 1
}

# gpu_refused COUNT BREAK PATTERN: the boot ends, and no device was let work.
gpu_refused() {
	with_gpus "$1" "$2" && says "boot failed: broker: .*$3" && let_work 0 && ok
}


# The broker judges the device with the CPU, releases, and then it may work; a container gets evidence of all three:
# CPU, GPU, log.
t_gpu() {
	scenario evidence-gpu
	with_gpus 1 && says 'stage evidence done' 'payload: ok' && let_work 1 && gpu_judged && ok
}

# gpu_judged: sealverify accepts what was shown, whole.
gpu_judged() {
	take_document
	"$BUILD/sealverify" "$WORK/$current.json" --nonce bm9uY2U= --policy "$WORK/gpu-reference.json" \
		--cache "$WORK/gpu-cache" --test-root "$WORK/gpu-roots.pem" >"$WORK/$current.verdict" 2>&1 && return 0
	not_ok 'sealverify does not accept the evidence'
	sed 's/^/        /' "$WORK/$current.verdict"
	return 1
}

# The library stands elsewhere, and what stands in its usual place is none.
t_gpu_elsewhere() {
	scenario evidence-gpu
	image_places 'nvml /opt/nvidia/nvml.so'
	echo 'no library' >"$WORK/$current.none"
	cat >>"$WORK/$current.manifest" <<MANIFEST
/opt dir 0755 0:0
/opt/nvidia dir 0755 0:0
/opt/nvidia/nvml.so file 0644 0:0 $BUILD/strip/guest/nvidia/libnvidia-ml.so.1
/usr dir 0755 0:0
/usr/lib dir 0755 0:0
/usr/lib/sealinit dir 0755 0:0
/usr/lib/sealinit/libnvidia-ml.so.1 file 0644 0:0 $WORK/$current.none
MANIFEST
	image_plus
	IMAGE=$WORK/$current.initramfs
	tee tdx tdx_guest '' gpu=1
	ended=$?
	IMAGE=$BUILD/image/test-initramfs
	[ "$ended" -eq 0 ] && says 'payload: ok' || return
	take_document
	grep -q '"arch":"HOPPER"' "$WORK/$current.json" || {
		not_ok 'there is no GPU in the evidence'
		return
	}
	ok
}

# A container asks in a guest that has none: that is signed too, and no device is missing where the policy wants none.
t_gpu_none() {
	scenario evidence-gpu
	tee tdx tdx_guest && says 'payload: ok' && shown tdx bound.log bound.devices fresh.answers && ok
}

# Attest is killed and attests again: the devices work already, and the log has who let them.
t_gpu_attest_killed() {
	scenario kill-attest
	with_gpus 1 && says 'payload: attest killed: attested again' 'payload ended: exit status 0' && let_work 1 && ok
}

t_gpu_two() {
	gpu_refused 2 '' 'GPUs: 2 are there, the configuration wants 1'
}

# One on the bus that the driver does not know.
t_gpu_hidden() {
	gpu_refused 1 hidden 'NVML knows 1 devices, the bus shows 2'
}

t_gpu_cc_off() {
	gpu_refused 1 cc-off 'confidential computing is off'
}

t_gpu_devtools() {
	gpu_refused 1 devtools 'DevTools mode'
}

t_gpu_foreign() {
	gpu_refused 1 nonce 'another nonce than asked'
}

t_gpu_fails() {
	gpu_refused 1 fails 'report: NVML says 999'
}

t_gpu_ready_before() {
	gpu_refused 1 ready 'they accept work already'
}

# NVML hangs in a report: killed, and told.
t_gpu_hangs() {
	gpu_refused 1 hang 'no answer: NVML crashed, or hung and was killed' || return
	grep -q 'sealinit-gpu: took too long: killed' "$WORK/$current.log" || not_ok 'nobody killed it'
}

# gpu_disbelieved BREAK CODE: the guest finds nothing, the broker does.
gpu_disbelieved() {
	gpu_broker
	tee gpu tdx_guest '' "gpu=1 gpu.break=$1" && refuses "$2"
	ended=$?
	gpu_broker_done
	[ "$ended" -eq 0 ] && let_work 0 && ok
}

t_gpu_root() {
	gpu_disbelieved root 'gpu.chain'
}

t_gpu_measurement() {
	gpu_disbelieved measurement 'gpu'
}

# Not in the configuration, and not confidential: a container that asks is denied, and nothing else.
t_gpu_denied() {
	scenario gpu-denied
	tee tdx tdx_guest '' 'gpu=1 gpu.break=cc-off' && says 'payload: GPUs are denied' 'payload: ok' && let_work 0 && ok
}

# With the log, of a TD: the quote's share is in "TDX by configfs".
m_gpu() {
	scenario time-evidence-gpu
	tee tdx tdx_guest '' gpu=1 && timed 'TDX and a GPU'
}
