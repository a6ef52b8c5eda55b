# Every target and every flag, on one page. `make help` lists what to call.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

# Recorded evidence and the like; tests that want it skip aloud where it is not.
VECTORS      ?= ../shared/vectors
override VECTORS := $(abspath $(VECTORS))
FUZZ_SECONDS ?= 60
export BUILD := $(CURDIR)/build
export VECTORS
K := build/kernel
I := build/image

PACKAGES := gcc make binutils libc6-dev libssl-dev libcryptsetup-dev libdevmapper-dev libmnl-dev libcjson-dev \
            libevent-dev libseccomp-dev zlib1g-dev libcriterion-dev clang-14 libclang-rt-14-dev clang-format-14 \
            shellcheck mandoc kmod xz-utils debian-archive-keyring e2fsprogs busybox-static crun qemu-system-x86 \
            jose openssl curl libtss2-dev swtpm swtpm-tools tpm2-tools

# --- Flags ---------------------------------------------------------------------------------------

CC       := gcc
comma    := ,
try       = $(shell $(CC) -Werror $(1) -x c -c /dev/null -o /dev/null 2>/dev/null && echo '$(1)')
CPPFLAGS := -D_GNU_SOURCE -I. -MMD -MP -ffile-prefix-map=$(CURDIR)=.
CFLAGS   := -std=gnu17 -O2 -g -fPIE -fno-common -fno-strict-aliasing -fvisibility=hidden
WARN     := -Wall -Wextra -Werror -Wshadow -Wvla -Wformat=2 -Wconversion -Wsign-conversion -Wundef \
            -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wcast-qual -Wimplicit-fallthrough
HARDEN   := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
            $(foreach f,-fcf-protection=full -ftrivial-auto-var-init=zero -fstrict-flex-arrays=3 \
            -fzero-call-used-regs=used-gpr,$(call try,$f))
# Without what gcc 12 gets wrong in loops that clean up and in code driven by tables.
ANALYZE  := -fanalyzer -include tests/analyzer.h -Wno-analyzer-use-of-uninitialized-value \
            -Wno-analyzer-null-dereference -Wno-maybe-uninitialized
# At -O1, which is built in half the time; gcc sees less there, and suspects more.
SANITIZE := -O1 -Wno-format-truncation -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

LDFLAGS  := -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed,--fatal-warnings
STATIC   := -static-pie $(LDFLAGS)
HOST     := -pie $(LDFLAGS)
# In the guest: the loader and libraries of our own folder, and no others. The old kind of rpath,
# since the new one does not hold for what a library needs in its turn.
LIBDIR   := /usr/lib/sealinit
GUEST    := $(HOST) -Wl,--dynamic-linker=$(LIBDIR)/ld-linux-x86-64.so.2,--disable-new-dtags,-rpath,$(LIBDIR)

L_BASE    := -lcjson -lcrypto
L_ATTEST  := -lssl -lcrypto -lmnl -lcjson -lz -ltss2-esys -ltss2-sys -ltss2-mu
L_STORAGE := -lcryptsetup -ldevmapper -lcrypto -lcjson
L_API     := -levent_core -lcrypto -lcjson -lseccomp
L_BROKER  := -levent_core -levent_extra -levent_openssl -lssl -lcrypto -lcjson -lz
L_ALL     := $(sort $(L_BASE) $(L_ATTEST) $(L_STORAGE) $(L_API) $(L_BROKER))

# --- Objects: one flavour a directory under build/ -----------------------------------------------

D_ATTEST := attest attest/config attest/net attest/evidence attest/eventlog attest/broker attest/jose attest/transport attest/key attest/tpm
D_API    := api api/seal
# The verifier, an archive a folder: sealverify and the dev broker link them all.
VERIFY   := x509 snp tdx pcs gpu rim tpm log cli
MAINS    := %/main.c image/build/mkinitramfs.c image/build/initdata.c
src       = $(sort $(filter-out $(MAINS),$(foreach d,$(1),$(wildcard $(d)/*.c))))
obj       = $(patsubst %.c,$(1)/%.o,$(call src,$(2)))
say       = $(if $(V),:,printf '  %-7s %s\n' '$(1)' '$(2)')
Q        := $(if $(V),,@)
CXX_FUZZ := clang-14

# $(1) directory, $(2) compiler with flags
define flavour
$(1)/%.o: %.c Makefile | build/deps
	$$(Q)mkdir -p $$(@D) && $$(call say,CC,$$@) && $(2) $$(FLAGS) -c $$< -o $$@
$(1)/sample/%.o: %.c Makefile | build/deps
	$$(Q)mkdir -p $$(@D) && $$(call say,CC,$$@) && $(2) -DSEALINIT_SAMPLE -c $$< -o $$@
$(1)/lib%.a:
	$$(Q)mkdir -p $$(@D) && $$(call say,AR,$$@) && rm -f $$@ && ar rcsD $$@ $$^
$(1)/libbase.a:    $(call obj,$(1),base)
$(1)/libinit.a:    $(call obj,$(1),init)
$(1)/libattest.a:  $(filter-out %/sample.o,$(call obj,$(1),$(D_ATTEST))) $(1)/attest/gpu/pci.o
$(1)/libgpu.a:     $(call obj,$(1),attest/gpu)
$(1)/libstorage.a: $(call obj,$(1),storage)
$(1)/libapi.a:     $(call obj,$(1),$(D_API))
$(1)/libctl.a:     $(call obj,$(1),api/ctl)
$(1)/libbroker.a:  $(call obj,$(1),tests/broker)
$(1)/libimage.a:   $(call obj,$(1),image/build)
$(1)/libsupport.a: $(call obj,$(1),tests/support tests/support/evidence)
$(1)/libguest.a:   $(call obj,$(1),tests/guest/parts)
$(1)/libforge.a:   $(call obj,$(1),tests/forge)
$(1)/libverify.a:  $(call obj,$(1),attest/verify)
$(foreach v,$(VERIFY),$(1)/libverify-$v.a: $(call obj,$(1),attest/verify/$v)
)
endef
$(eval $(call flavour,build,$$(CC) $$(CPPFLAGS) $$(CFLAGS) $$(WARN) $$(HARDEN)))
$(eval $(call flavour,build/san,$$(CC) $$(CPPFLAGS) $$(CFLAGS) $$(WARN) $$(SANITIZE)))
$(eval $(call flavour,build/fuzz,$$(CXX_FUZZ) $$(CPPFLAGS) $$(CFLAGS) $$(SANITIZE) -fsanitize=fuzzer-no-link))
$(eval $(call flavour,build/lint,$$(CC) $$(CPPFLAGS) $$(CFLAGS) $$(WARN) $$(HARDEN) $$(ANALYZE)))
build/lint/base/err.o: FLAGS = -DANALYZER_ERR
-include $(shell find build -name '*.d' -type f 2>/dev/null)

# --- Programs ------------------------------------------------------------------------------------

ld = $(Q)mkdir -p $(@D) && $(call say,LD,$@) && $(1) -o $@ -Wl,--start-group $(filter %.o %.a,$^) -Wl,--end-group $(2)

# $(1) directory, and how to link: $(2) alone with libc, $(3) in the guest, $(4) on the host.
# The sample TEE comes as objects, so that its probe.o is taken and the product's is not.
sample = $(1)/sample/attest/evidence/probe.o $(1)/attest/evidence/sample.o
verifiers = $(1)/libverify.a $(foreach v,$(VERIFY),$(1)/libverify-$v.a)
define programs
$(1)/sealinit: $(1)/init/main.o $(1)/libinit.a $(1)/libbase.a
	$$(call ld,$(2))
$(1)/sealctl: $(1)/api/ctl/main.o $(1)/libctl.a $(1)/libbase.a
	$$(call ld,$(2))
$(1)/sealinit-attest: $(1)/attest/main.o $(1)/libattest.a $(1)/libbase.a
	$$(call ld,$(3),$$(L_ATTEST))
$(1)/sealinit-attest-sample: $(1)/attest/main.o $(call sample,$(1)) $(1)/libattest.a $(1)/libbase.a
	$$(call ld,$(3),$$(L_ATTEST))
$(1)/sealinit-gpu: $(1)/attest/gpu/main.o $(1)/libgpu.a $(1)/libbase.a
	$$(call ld,$(3),$$(L_BASE))
$(1)/sealinit-storage: $(1)/storage/main.o $(1)/libstorage.a $(1)/libbase.a
	$$(call ld,$(3),$$(L_STORAGE))
$(1)/sealinit-api: $(1)/api/main.o $(1)/libapi.a $(1)/libbase.a
	$$(call ld,$(3),$$(L_API))
$(1)/sealinit-broker: $(1)/tests/broker/main.o $(1)/libbroker.a $(1)/libattest.a $$(call verifiers,$(1)) $(1)/libbase.a
	$$(call ld,$(4),$$(L_BROKER))
$(1)/sealverify: $(1)/attest/verify/cli/main.o $$(call verifiers,$(1)) $(1)/libbase.a
	$$(call ld,$(4),$$(L_BASE))
$(1)/forge: $(1)/tests/forge/main.o $(1)/libforge.a $(1)/libsupport.a $(1)/libbase.a
	$$(call ld,$(4),$$(L_BASE))
$(1)/bench: $(1)/tests/bench/verify.o $(1)/tests/bench/peer.o $$(call verifiers,$(1)) $(1)/libsupport.a $(1)/libbase.a
	$$(call ld,$(4),$$(L_BASE))
$(1)/bench-lanes: $(1)/tests/bench/lanes.o $(1)/libattest.a $(1)/libbase.a
	$$(call ld,$(4),$$(L_ATTEST))
$(1)/tools/%: $(1)/image/build/%.o $(1)/libimage.a $(1)/libbase.a
	$$(call ld,$(4),-lz -lcrypto -lcjson)
$(1)/guest/%: $(1)/tests/guest/%.o $(1)/libguest.a $(1)/libctl.a $(1)/libbase.a
	$$(call ld,$(2))
endef
PLAIN := $$(CC) $$(CFLAGS)
$(eval $(call programs,build,$(PLAIN) $$(STATIC),$(PLAIN) $$(GUEST),$(PLAIN) $$(HOST)))
SAN   := $$(CC) $$(CFLAGS) $$(SANITIZE) $$(HOST)
$(eval $(call programs,build/san,$(SAN),$(SAN),$(SAN)))

PRODUCT  := sealinit sealinit-attest sealinit-gpu sealinit-storage sealinit-api
PROGRAMS := $(PRODUCT) sealinit-attest-sample sealctl sealinit-broker sealverify forge tools/initdata tools/mkinitramfs

all: $(addprefix build/,$(PROGRAMS)) ## every program, and the host's tools
asan: $(addprefix build/san/,$(PROGRAMS)) ## the same under build/san: for the host, with ASan and UBSan

deps: build/deps ## what the build needs, installed by apt-get
build/deps: image/build/packages.sh Makefile
	$(Q)mkdir -p $(@D) && sh $< $(PACKAGES) && touch $@

# --- Tests ---------------------------------------------------------------------------------------

tree  = $(wildcard $(1)/*.c $(1)/*/*.c)
UNITS := $(foreach u,base init attest gpu storage api ctl broker image,$(if $(call tree,tests/unit/$u),$u))
VERIFY_UNITS := $(foreach v,core $(VERIFY),$(if $(call tree,tests/unit/verify/$v),verify-$v))
# The verifier is the other side of what is logged here; its command has names that attest has too.
WITH_attest := $(call sample,build/san) $(filter-out %-cli.a,$(call verifiers,build/san))
# Its messages are read by the verifier.
WITH_gpu    := $(call verifiers,build/san)
WITH_api    := build/san/libctl.a
WITH_broker := build/san/libattest.a $(call verifiers,build/san)
# Calls that the fault injector can make fail.
FAULT_CALLS := $(if $(wildcard tests/support/fault.c),$(addprefix -Wl$(comma)--wrap=,malloc calloc realloc read write pread pwrite mmap unlinkat))

define unit # $(1) name, $(2) folder of the tests, $(3) archives it needs beside support and the ground
build/san/unit/$(1): build/san/tests/unit/runner.o $(patsubst %.c,build/san/%.o,$(call tree,tests/unit/$(2))) \
		$(3) $(addprefix build/san/lib,$(addsuffix .a,support base))
	$$(call ld,$$(CC) $$(SANITIZE) $$(HOST) $$(FAULT_CALLS),$$(L_ALL) -lcriterion)
unit-$(1): build/san/unit/$(1)
	$$(Q)$$(call say,UNIT,$(1)) && sh tests/run.sh unit $$<
endef
$(foreach u,$(UNITS),$(eval $(call unit,$u,$u,$(WITH_$u) build/san/lib$u.a)))
$(foreach u,$(VERIFY_UNITS),$(eval $(call unit,$u,$(subst -,/,$u),$(call verifiers,build/san))))
LIBRARY = $(CC) $(filter-out -M%,$(CPPFLAGS)) $(filter-out -fPIE,$(CFLAGS)) $(WARN) -fPIC -shared $(LDFLAGS)
# NVML as tests have it, and as drivers before 550 had it, and NSCQ: libraries, alone with libc.
NVML := $(addprefix build/san/nvml/,libnvidia-ml.so.1 libnvidia-ml-old.so.1 libnvidia-nscq.so.2)
$(filter-out %nscq.so.2,$(NVML)): tests/support/nvml/nvml.c
build/san/nvml/libnvidia-nscq.so.2: tests/support/nvml/nscq.c
$(NVML): tests/support/nvml/scenario.c $(wildcard tests/support/nvml/*.h) Makefile
	$(Q)mkdir -p $(@D) && $(call say,LD,$@) && $(LIBRARY) $(if $(findstring old,$@),-DNVML_OLD) -o $@ $(filter %.c,$^)
build/san/unit/gpu: | build/san/sealinit-gpu $(NVML)
build/san/tests/unit/%.o: FLAGS = -DVECTORS_DIR='"$(VECTORS)"' -Wno-missing-prototypes

FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
ARCHIVES = $(call sample,$(1)) $(call verifiers,$(1)) $(foreach a,init attest storage api ctl broker image support base,$(1)/lib$a.a)
build/san/replay/%: build/san/tests/fuzz/fuzz_%.o build/san/tests/fuzz/replay.o $(call ARCHIVES,build/san)
	$(call ld,$(CC) $(SANITIZE) $(HOST),$(L_ALL))
build/fuzz/bin/%: build/fuzz/tests/fuzz/fuzz_%.o $(call ARCHIVES,build/fuzz)
	$(call ld,$(CXX_FUZZ) $(SANITIZE) -fsanitize=fuzzer $(HOST),$(L_ALL))
replay-%: build/san/replay/%
	$(Q)$(call say,REPLAY,$*) && $< tests/fuzz/corpus/$*
fuzz-%: build/fuzz/bin/%
	$(Q)mkdir -p build/fuzz/corpus/$* && $(call say,FUZZ,$*) && $< -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
	  -print_final_stats=1 -artifact_prefix=build/fuzz/$*- $(addprefix -dict=,$(wildcard tests/fuzz/$*.dict)) \
	  build/fuzz/corpus/$* tests/fuzz/corpus/$*

# A flow is a shell script, started in the repository's root with BUILD and VECTORS in its environment.
# It ends with 0, or with 77 after saying why it skipped.
FLOWS := $(patsubst tests/flow/%.sh,%,$(filter-out $(addprefix %/,guest.sh demo.sh lib.sh figures.sh),$(wildcard tests/flow/*.sh)))
flow-%: tests/flow/%.sh all asan $(I)/sizes
	$(Q)$(call say,FLOW,$*) && sh tests/run.sh flow $<

unit: $(addprefix unit-,$(UNITS) $(VERIFY_UNITS)) ## unit tests, under ASan and UBSan
replay: $(addprefix replay-,$(FUZZERS)) ## every fuzz target over its corpus
fuzz: $(addprefix fuzz-,$(FUZZERS)) ## libFuzzer, FUZZ_SECONDS (60) each
flips: $(addprefix build/san/unit/verify-,x509 snp tdx pcs gpu rim tpm) ## every bit of what is signed, where check takes one of a byte
	$(Q)for u in $^; do FLIPS=all $$u --filter '*flip*' || exit; done
flows: $(addprefix flow-,$(FLOWS)) ## programs together
GUESTS := demo 1/2 2/2
guests: $(addprefix guests-,$(GUESTS)) ## the image under QEMU, the demo included; two guests at a time with -j2
guests-demo: tests/flow/demo.sh all $(I)/sizes $(I)/demo-initramfs
	$(Q)$(call say,GUESTS,demo) && sh tests/run.sh flow $<
$(addprefix guests-,$(filter-out demo,$(GUESTS))): guests-%: tests/flow/guest.sh all $(I)/sizes $(I)/test-initramfs
	$(Q)$(call say,GUESTS,$*) && sh tests/run.sh flow $< --part $*
bench: build/bench build/bench-lanes tests/flow/guest.sh all $(I)/sizes $(I)/test-initramfs ## ratios against peers, waiting for a TEE, evidence in guests
	$(Q)build/bench build/sealverify && build/bench-lanes && sh tests/flow/guest.sh --time
check: deps unit replay flows guests ## all of the tests above but fuzz
# In `check` each kind waits for the one before it, so that -j does not starve a guest of its processors.
ifneq ($(filter check,$(MAKECMDGOALS)),)
$(addprefix replay-,$(FUZZERS)): | unit
$(addprefix flow-,$(FLOWS)):     | replay
$(addprefix guests-,$(GUESTS)):  | flows
endif

SHIPPED := $(call src,base init $(D_ATTEST) attest/gpu attest/verify $(addprefix attest/verify/,$(VERIFY)) storage $(D_API) api/ctl image/build) $(wildcard */main.c */*/main.c */*/*/main.c) \
           image/build/mkinitramfs.c image/build/initdata.c
lint: $(patsubst %.c,build/lint/%.o,$(filter-out tests/%,$(SHIPPED))) ## format, headers, arrows, banned calls, shell, analyzer
	$(Q)$(call say,LINT,) && CC='$(CC) $(filter-out -M%,$(CPPFLAGS)) $(CFLAGS) $(WARN)' sh tests/lint.sh

# --- Image ---------------------------------------------------------------------------------------

$(K)/vmlinuz: image/kernel/fetch.sh | build/deps
	$(Q)$(call say,KERNEL,$@) && sh $< $(K)
$(K)/modules.manifest: image/kernel/modules.sh image/kernel/modules $(K)/vmlinuz
	$(Q)$(call say,MODULES,$@) && sh $< $(K) image/kernel/modules $(LIBDIR)/modules
build/strip/%: build/%
	$(Q)mkdir -p $(@D) && $(call say,STRIP,$@) && strip -s -o $@ $<

GUEST_BINS := $(addprefix build/,$(filter-out sealinit,$(PRODUCT)) sealinit-attest-sample)
$(I)/libs.manifest: image/build/libraries.sh $(GUEST_BINS)
	$(Q)mkdir -p $(@D) && $(call say,LIBS,$@) && sh $< $(LIBDIR) $(GUEST_BINS) /sbin/mke2fs >$@
$(I)/crun.manifest: image/build/libraries.sh | build/deps
	$(Q)mkdir -p $(@D) && $(call say,LIBS,$@) && sh $< /usr/lib/x86_64-linux-gnu /usr/bin/crun >$@

# Packed, since it costs little: under emulation PID 1 starts 0.04 to 0.12 s later in a boot of 3 s, and there are
# 9 of 15 MiB less for the host to copy and for the firmware to hash.
# The TEE of the tests: a module for that very kernel, and the program that answers for the hardware. A guest that has
# vsock to no host, but to itself, finds TDX's quoting service there.
$(K)/tee.ko: tests/kernel/build.sh $(wildcard tests/kernel/*.[ch]) $(K)/vmlinuz
	$(Q)$(call say,MODULE,$@) && sh $< $(K) tests/kernel $@
$(K)/test-order: $(K)/modules.manifest
	$(Q){ grep -v '^?vmw_vsock_virtio_transport.ko$$' $(K)/modules/order && echo vsock_loopback.ko && echo tee.ko; } >$@
$(K)/vsock_loopback.ko: $(K)/vmlinuz
	$(Q)$(call say,MODULE,$@) && xz -dc $(K)/root/lib/modules/$$(cat $(K)/version)/kernel/net/vmw_vsock/$(@F).xz >$@
build/tee/%/root.pem: build/forge
	$(Q)mkdir -p build/tee && $(call say,FORGE,$@) && $< $* --out $(@D)
build/guest/tee: build/tests/guest/tee.o build/tests/guest/qgs.o build/tests/guest/parts/kill.o build/libsupport.a build/libbase.a
	$(call ld,$(CC) $(CFLAGS) $(GUEST),$(L_BASE))
# NVIDIA's part of such a guest: driver, devices and keeper in one program, and the library that asks it.
build/guest/nvidia/keeper: build/tests/guest/nvidia/keeper.o build/libsupport.a build/libbase.a
	$(call ld,$(CC) $(CFLAGS) $(GUEST),$(L_BASE))
build/guest/nvidia/libnvidia-ml.so.1: tests/guest/nvidia/nvml.c tests/guest/nvidia/nvidia.h tests/support/nvml/nvml.h Makefile
	$(Q)mkdir -p $(@D) && $(call say,LD,$@) && $(LIBRARY) -o $@ $<

define image # $(1) name, $(2) manifests, $(3) what they need besides the product's parts
$(I)/$(1): $(2) $(3) build/tools/mkinitramfs $(I)/libs.manifest $(K)/modules.manifest $(addprefix build/strip/,$(PRODUCT))
	$$(Q)$$(call say,IMAGE,$$@) && build/tools/mkinitramfs --set BUILD=build --gzip --sum $(LIBDIR) \
	  --sum $(LIBDIR)/modules --out $$@ $(2) >$$@.sizes
endef
DEMO := $(I)/crun.manifest $(addprefix build/strip/,sealinit-attest-sample sealctl) $(wildcard rootfs/demo/*)
TEST := $(addprefix build/strip/guest/,crash payload tee $(addprefix nvidia/,gpu keeper libnvidia-ml.so.1)) build/tee/gpu/root.pem tests/guest/config.json $(K)/tee.ko $(K)/vsock_loopback.ko $(K)/test-order build/tee/tdx/root.pem build/tee/snp/root.pem
$(eval $(call image,initramfs,rootfs/manifest,))
$(eval $(call image,demo-initramfs,rootfs/manifest rootfs/demo.manifest,$(DEMO)))
$(eval $(call image,test-initramfs,rootfs/manifest rootfs/demo.manifest tests/guest/manifest,$(DEMO) $(TEST)))
$(I)/vmlinuz: $(K)/vmlinuz
	$(Q)mkdir -p $(@D) && cp $< $@

image: $(I)/sizes ## kernel and initramfs of the product, with their sizes
	@cat $<
$(I)/sizes: $(I)/vmlinuz $(I)/initramfs
	$(Q){ printf 'kernel: %s KiB\n' $$(($$(stat -c %s $(I)/vmlinuz) / 1024)); cat $(I)/initramfs.sizes; } >$@
demo: all $(I)/sizes $(I)/demo-initramfs ## the story in one guest, under QEMU, with the dev broker
	$(Q)sh tests/flow/demo.sh

help: ## this
	@grep -hE '^[a-z]+:.* ## ' Makefile | sed 's/:.* ## /\t/' | expand -t 10
clean: ## forget everything built
	rm -rf build
.PHONY: all asan deps bench unit replay fuzz flips flows guests $(addprefix guests-,$(GUESTS)) check lint image demo help clean
