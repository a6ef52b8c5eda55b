/* Reasons of this folder; see attest/verify/reason.h. */
#pragma once

#define GPU_REASONS(X)                                                                             \
	X(GPU_FORMAT, "gpu.format", GENUINE_FORGED, 0,                                             \
	  "The report is not the one SPDM 1.1 layout that NVIDIA's devices sign: it was cut, "     \
	  "damaged or forged, or a later driver writes what this verifier does not know. The "     \
	  "text says where.")                                                                      \
	X(GPU_CHAIN_MISSING, "gpu.chain-missing", GENUINE_UNPROVEN, 0,                             \
	  "The report came without the device's certificates, so nobody can say who signed it. "   \
	  "Only the machine itself can give them: hand its PEM chain over beside the report.")     \
	X(GPU_CHAIN, "gpu.chain", GENUINE_FORGED, 0,                                               \
	  "The certificates are not a device's five, from the key that signs reports up to "       \
	  "NVIDIA Device Identity CA, each issued by the next and of one chip. Ask the machine "   \
	  "for its attestation certificate chain, and hand it over whole and in order.")           \
	X(GPU_SIGNATURE, "gpu.signature", GENUINE_FORGED, 0,                                       \
	  "The report's signature does not verify with the key of the certificate beside it: "     \
	  "the report was changed, or the two come from different devices.")                       \
	X(GPU_ARCH, "gpu.arch", GENUINE_FORGED, 0,                                                 \
	  "The sender calls the device something else than its certificates do, or hands a "       \
	  "switch's report over as a GPU's. The certificates decide; the evidence contradicts "    \
	  "itself.")                                                                               \
	X(GPU_FWID, "gpu.fwid", GENUINE_FORGED, 0,                                                 \
	  "The firmware that the report names is not the one that the signing key was certified "  \
	  "for, or the report names none where its format must.")                                  \
	X(GPU_IDENTITY, "gpu.identity", GENUINE_FORGED, 0,                                         \
	  "The device names itself otherwise than its certificate does.")                          \
	X(GPU_GENUINE, "gpu.genuine", GENUINE_YES, 0,                                              \
	  "Chain, signature, firmware id and names hold: a device that NVIDIA certified signed "   \
	  "this report.")                                                                          \
	X(GPU_GENUINE_TEST, "gpu.genuine-test", GENUINE_TEST, 0,                                   \
	  "Chain and signature hold under a root that was given as a test root: this proves "      \
	  "nothing about hardware.")                                                               \
	X(GPU_NONCE_PUBLIC, "gpu.nonce-public", FRESH_NO, 0,                                       \
	  "The report answers a nonce that is printed in NVIDIA's samples, or all zeros: anyone "  \
	  "may have recorded it, at any time. Ask for a report over a nonce of your own.")         \
	X(GPU_CHAIN_TIME, "gpu.chain-time", PLATFORM_OUT_OF_DATE, 1,                               \
	  "A certificate of the chain is not valid at the time that was given. Device "            \
	  "certificates end in 9999, so look at the clock first.")                                 \
	X(GPU_REVOKED, "gpu.revoked", PLATFORM_REVOKED, 0,                                         \
	  "NVIDIA has revoked a certificate of this chain, or put it on hold: do not use the "     \
	  "device, or the manifest, that it stands for.")                                          \
	X(GPU_REVOCATION_GOOD, "gpu.revocation-good", PLATFORM_CURRENT, 0,                         \
	  "Every certificate between leaf and root was asked about, and none is revoked.")         \
	X(GPU_REVOCATION_MISSING, "gpu.revocation-missing", PLATFORM_UNPROVEN, 1,                  \
	  "Whether a certificate was revoked is not known: neither its issuer's CRL nor an OCSP "  \
	  "answer is in the cache. Fetch the file that is named as missing; or set "               \
	  "\"revocation\": \"if-present\".")                                                       \
	X(GPU_REVOCATION_OCSP_MISSING, "gpu.revocation-ocsp-missing", PLATFORM_UNPROVEN, 1,        \
	  "NVIDIA publishes no CRL for this certificate, and no OCSP answer about it is in the "   \
	  "cache. Put one there; or allow this code where the CRLs of its issuers are enough.")    \
	X(GPU_REVOCATION_STALE, "gpu.revocation-stale", PLATFORM_UNPROVEN, 1,                      \
	  "What the cache has about revocation is not valid at this time, so it says nothing. "    \
	  "Fetch it again.")                                                                       \
	X(GPU_REVOCATION_UNKNOWN, "gpu.revocation-unknown", PLATFORM_NOT_ALLOWED, 0,               \
	  "NVIDIA's responder does not know the certificate: it was never issued, or not by whom " \
	  "it says.")                                                                              \
	X(GPU_REVOCATION_BAD, "gpu.revocation-bad", PLATFORM_UNPROVEN, 0,                          \
	  "The CRL or OCSP answer in the cache is damaged, or not signed by the issuer of the "    \
	  "certificate. Remove the file and fetch it again.")                                      \
	X(GPU_OLD_FORMAT, "gpu.old-format", PLATFORM_OUT_OF_DATE, 1,                               \
	  "The report is of the format before driver 550, which does not name the firmware that "  \
	  "signed it. Bring the driver up to date; or set \"allow_old_format\".")                  \
	X(GPU_DRIVER_OLD, "gpu.driver-old", PLATFORM_OUT_OF_DATE, 1,                               \
	  "The driver is older than the policy's min_driver, or its version is no number. Bring "  \
	  "the guest's driver up to date.")                                                        \
	X(GPU_VBIOS_OLD, "gpu.vbios-old", PLATFORM_OUT_OF_DATE, 1,                                 \
	  "The device's firmware is older than the policy's floor. Ask the provider to flash a "   \
	  "current VBIOS or switch firmware.")                                                     \
	X(GPU_ARCH_NOT_ALLOWED, "gpu.arch-not-allowed", PLATFORM_NOT_ALLOWED, 0,                   \
	  "The policy's list of architectures does not have this one.")                            \
	X(GPU_PDI_NOT_ALLOWED, "gpu.pdi-not-allowed", PLATFORM_NOT_ALLOWED, 0,                     \
	  "The device is genuine, and not one of those that the policy names.")                    \
	X(GPU_MODE_OTHER, "gpu.mode-other", PLATFORM_NOT_ALLOWED, 0,                               \
	  "The device does not run in the mode that the policy demands (single, ppcie).")          \
	X(GPU_MODE_CONFLICT, "gpu.mode-conflict", PLATFORM_NOT_ALLOWED, 0,                         \
	  "Two fields of the report contradict each other about protected PCIe, so its mode is "   \
	  "not known.")                                                                            \
	X(GPU_UNLOCKED, "gpu.unlocked", PLATFORM_NOT_ALLOWED, 0,                                   \
	  "The switch is not locked: whoever manages it may still change its routes, and so see "  \
	  "what the GPUs tell each other.")                                                        \
	X(GPU_CURRENT, "gpu.current", PLATFORM_CURRENT, 0,                                         \
	  "Versions and mode are within what the policy asks. A floor that it does not set was "   \
	  "not judged; the claims say which.")                                                     \
	X(GPU_NO_REFERENCE, "gpu.no-reference", WORKLOAD_UNKNOWN, 0,                               \
	  "The report lacks the fields that name its reference manifests, so what runs in the "    \
	  "device can't be compared with anything.")                                               \
	X(GPU_GROUP_NONCE, "gpu.group-nonce", BOUND_NO, 0,                                         \
	  "The devices answered different nonces: nothing says that they were asked together.")    \
	X(GPU_GROUP_MIXED, "gpu.group-mixed", PLATFORM_NOT_ALLOWED, 0,                             \
	  "The devices differ in architecture, driver or mode, and one guest can't have such a "   \
	  "set: they come from different machines or times.")                                      \
	X(GPU_GROUP_PART, "gpu.group-part", PLATFORM_UNPROVEN, 1,                                  \
	  "A GPU is in protected PCIe mode, where links are plain and all eight GPUs and four "    \
	  "switches must be trusted; they are not all here. Collect the evidence of all.")         \
	X(GPU_TOPOLOGY, "gpu.topology", PLATFORM_NOT_ALLOWED, 0,                                   \
	  "The links do not join exactly these eight GPUs and four locked switches, so data may "  \
	  "pass a device that nobody attested.")                                                   \
	X(GPU_TOPOLOGY_GOOD, "gpu.topology-good", PLATFORM_CURRENT, 0,                             \
	  "Every link of the eight GPUs ends in one of the four attested switches, and every "     \
	  "switch serves these eight GPUs and no other.")
