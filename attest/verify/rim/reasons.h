/* Reasons of this folder; see attest/verify/reason.h. */
#pragma once

#define RIM_REASONS(X)                                                                             \
	X(RIM_MATCH, "rim.match", WORKLOAD_MATCHES, 0,                                             \
	  "Every measurement that NVIDIA's signed manifests (RIMs) name has one of their values.") \
	X(RIM_MISMATCH, "rim.mismatch", WORKLOAD_MISMATCH, 0,                                      \
	  "A measurement of the device is not among the values that NVIDIA signed for this "       \
	  "version, or is absent: other firmware, a debugging mode, or a wrong manifest. Compare " \
	  "the index with NVIDIA's notes; fetch the manifest again; reset the device on the host " \
	  "after its confidential mode was changed.")                                              \
	X(RIM_MISSING, "rim.missing", WORKLOAD_UNKNOWN, 1,                                         \
	  "There is no manifest for this driver or firmware in the store, so part of the device "  \
	  "could not be compared. That is no mismatch: for boards of other makers NVIDIA often "   \
	  "publishes none. Fetch the missing file, if there is one; or allow it by policy.")       \
	X(RIM_UNCOMPARED, "rim.uncompared", WORKLOAD_UNKNOWN, 0,                                   \
	  "No manifest at all could be used, so nothing of the device was compared.")              \
	X(RIM_NAME, "rim.name", WORKLOAD_UNKNOWN, 0,                                               \
	  "The device's versions and board numbers do not make a name that a manifest could "      \
	  "have.")                                                                                 \
	X(RIM_FORMAT, "rim.format", WORKLOAD_MISMATCH, 0,                                          \
	  "The manifest in the store is not the plain XML that NVIDIA signs: cut, damaged, "       \
	  "edited, or made to be read in two ways. Delete the file and fetch it again.")           \
	X(RIM_ANSWER, "rim.answer", WORKLOAD_MISMATCH, 0,                                          \
	  "The RIM service's answer in the store is for another id, does not hash to its own "     \
	  "sha256, or is not such an answer. Delete the file and fetch it again.")                 \
	X(RIM_SCHEMA, "rim.schema", WORKLOAD_MISMATCH, 0,                                          \
	  "The manifest does not have the members that a manifest of measurements has, or has "    \
	  "some that this version does not understand. A newer sealverify may.")                   \
	X(RIM_PROFILE, "rim.profile", WORKLOAD_MISMATCH, 0,                                        \
	  "The manifest's signature is not of the one form that NVIDIA uses: another algorithm, "  \
	  "reference or transform, a key beside the certificates, or more than one signature. "    \
	  "Such changes are how signed XML is forged.")                                            \
	X(RIM_DIGEST, "rim.digest", WORKLOAD_MISMATCH, 0,                                          \
	  "The manifest was changed after it was signed: its digest is not the signed one. "       \
	  "Delete the file and fetch it again.")                                                   \
	X(RIM_CHAIN, "rim.chain", WORKLOAD_MISMATCH, 0,                                            \
	  "The certificate that the manifest's signature should verify with does not lead, in "    \
	  "four steps, to NVIDIA's CoRIM root. Delete the file and fetch it from NVIDIA.")         \
	X(RIM_SIGNATURE, "rim.signature", WORKLOAD_MISMATCH, 0,                                    \
	  "The manifest's signature does not verify with the key of its first certificate. "       \
	  "Delete the file and fetch it again.")                                                   \
	X(RIM_DEBUG, "rim.debug-signer", WORKLOAD_MISMATCH, 0,                                     \
	  "The manifest comes from NVIDIA's hierarchy for debugging, whose values say nothing "    \
	  "about production.")                                                                     \
	X(RIM_OTHER, "rim.other", WORKLOAD_MISMATCH, 0,                                            \
	  "The manifest is signed, and about something else: another version, product, kind or "   \
	  "chip than the device's. One manifest must not stand in for another. Fetch the right "   \
	  "one under its own name.")                                                               \
	X(RIM_NOT_PINNED, "rim.not-pinned", WORKLOAD_MISMATCH, 0,                                  \
	  "The policy lists the manifests that may be used by their SHA-256, and this one is not " \
	  "among them. NVIDIA has signed more than one file for a version: compare them, then "    \
	  "add the digest to the policy or change the file.")                                      \
	X(RIM_SIGNER_EXPIRED, "rim.signer-expired", WORKLOAD_UNKNOWN, 1,                           \
	  "A certificate of the manifest's signer has ended. NVIDIA signs its manifests again "    \
	  "under the same id: fetch the file again. Or let the policy take it.")                   \
	X(RIM_SIGNER_EARLY, "rim.signer-not-yet-valid", WORKLOAD_UNKNOWN, 0,                       \
	  "A certificate of the manifest's signer is not valid yet at the time given. Is the "     \
	  "clock right?")                                                                          \
	X(RIM_TEST_ROOT, "rim.test-root", GENUINE_TEST, 0,                                         \
	  "The manifest leads to a root that was given as an option for tests, and that nobody "   \
	  "else trusts.")                                                                          \
	X(RIM_CONFLICT, "rim.conflict", WORKLOAD_MISMATCH, 0,                                      \
	  "The driver's manifest and the firmware's both name this index. They never overlap, so " \
	  "one of them is not of this device.")                                                    \
	X(RIM_EMPTY, "rim.empty", WORKLOAD_MISMATCH, 0,                                            \
	  "A manifest names no measurement at all. Comparing with nothing would pass anything.")   \
	X(RIM_NVDEC, "rim.nvdec", WORKLOAD_MISMATCH, 0,                                            \
	  "The manifest names the video decoder's measurement (index 35), and the report does "    \
	  "not say whether the decoder is on (0xaa) or off (0x55).")
