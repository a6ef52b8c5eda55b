/* Reasons of this folder; see attest/verify/reason.h. */
#pragma once

#define TPM_REASONS(X)                                                                             \
	X(TPM_FORMAT, "tpm.format", GENUINE_FORGED, 0,                                             \
	  "The bytes break their own specification: cut, damaged or forged. The text says where.") \
	X(TPM_NOT_QUOTE, "tpm.not-quote", GENUINE_FORGED, 0,                                       \
	  "The signed structure is not a quote: its magic is not the TPM's, so software made it, " \
	  "or it attests something else (a key, an NV index, the time). Only a quote covers "      \
	  "PCRs.")                                                                                 \
	X(TPM_UNSIGNED, "tpm.unsigned", GENUINE_UNPROVEN, 0,                                       \
	  "A TPMS_ATTEST without its signature: anyone can write one. Give the signature too, as " \
	  "CoCo's JSON or ours does.")                                                             \
	X(TPM_NO_AK, "tpm.no-ak", GENUINE_UNPROVEN, 0,                                             \
	  "No attestation key came with the quote, so its signature can't be checked. Send the "   \
	  "key (SubjectPublicKeyInfo or TPMT_PUBLIC) or its certificate along.")                   \
	X(TPM_AK_KEY, "tpm.ak-key", GENUINE_FORGED, 0,                                             \
	  "The attestation key is damaged or too weak: RSA of 2048 to 4096 bits, P-256 and P-384 " \
	  "are accepted. Make a new one in the TPM.")                                              \
	X(TPM_ALGORITHM, "tpm.algorithm", GENUINE_FORGED, 0,                                       \
	  "The signature's scheme or hash is not one that the policy takes or that the key is "    \
	  "tied to. SHA-1 is never taken: collisions let a signature move to other contents.")     \
	X(TPM_AK_ATTRIBUTES, "tpm.ak-attributes", GENUINE_FORGED, 0,                               \
	  "The key is not an attestation key: one that is not restricted signs whatever software " \
	  "hands it, a made-up quote included, and one that may leave its TPM proves no TPM. "     \
	  "Make a key that is restricted, sign, fixedTPM, fixedParent and sensitiveDataOrigin.")   \
	X(TPM_SIGNATURE, "tpm.signature", GENUINE_FORGED, 0,                                       \
	  "The quote's signature does not verify under its attestation key: the quote was "        \
	  "changed "                                                                               \
	  "or belongs to another key.")                                                            \
	X(TPM_AK_CHAIN, "tpm.ak-chain", GENUINE_FORGED, 0,                                         \
	  "The attestation key's certificate does not hold: a signature, a name, a usage or an "   \
	  "algorithm in the chain to the policy's \"ak_roots\" is wrong.")                         \
	X(TPM_AK_UNKNOWN, "tpm.ak-unknown", GENUINE_UNPROVEN, 0,                                   \
	  "The signature verifies, and nobody vouched for the key: anyone can make a key and "     \
	  "sign "                                                                                  \
	  "with it. Register the key: put the SHA-256 of its SubjectPublicKeyInfo into the "       \
	  "policy's tpm.ak (or its TPM name into tpm.ak_names) after checking it by its EK, or "   \
	  "name the CA that certifies it in tpm.ak_roots.")                                        \
	X(TPM_AK_UNRESTRICTED, "tpm.ak-unrestricted", GENUINE_UNPROVEN, 0,                         \
	  "The policy demands a restricted key, and nothing that can be trusted says that this "   \
	  "one is: a bare public key can't show it, and attributes that come beside it are the "   \
	  "sender's word. Register the key by its TPM name (tpm.ak_names), which covers them.")    \
	X(TPM_PCR_DIGEST, "tpm.pcr-digest", GENUINE_FORGED, 0,                                     \
	  "The PCR values beside the quote are not those that were signed: they were changed, or " \
	  "a PCR was extended between quote and reading. Ask again; if it stays, distrust it.")    \
	X(TPM_GENUINE, "tpm.genuine", GENUINE_YES, 0,                                              \
	  "The quote's signature verifies under a key that the policy vouches for, itself or by "  \
	  "a CA that it names. It is as genuine as that key's registration was careful: a TPM "    \
	  "that "                                                                                  \
	  "the host emulates signs just as well and proves nothing against the host. A TPM "       \
	  "inside "                                                                                \
	  "a confidential guest counts as much as the CPU report that covers its key.")            \
	X(TPM_TEST_ROOT, "tpm.test-root", GENUINE_TEST, 0,                                         \
	  "The key's certificate ends at a root that was given for tests.")                        \
	X(TPM_VOUCHED, "tpm.vouched", PLATFORM_CURRENT, 0,                                         \
	  "The platform is as sound as the key's owner vouches: a quote says nothing about the "   \
	  "TPM's maker, its firmware's flaws, or whether it is a chip at all or a program of the " \
	  "host's. If it is the host's, say \"host_emulated\": true in the policy.")               \
	X(TPM_HOST_EMULATED, "tpm.host-emulated", PLATFORM_NOT_ALLOWED, 1,                         \
	  "The policy says that the host emulates this TPM. Then the host knows its keys and "     \
	  "writes its PCRs, and the quote proves nothing against the host. Use the CPU's own "     \
	  "report, or a TPM inside the guest whose key that report covers.")                       \
	X(TPM_AK_DATES, "tpm.ak-dates", PLATFORM_OUT_OF_DATE, 1,                                   \
	  "A certificate between the attestation key and its root is past its date or not yet "    \
	  "valid: its issuer does not vouch for the key now. Have the key certified again.")       \
	X(TPM_SELECTION, "tpm.selection", WORKLOAD_MISMATCH, 0,                                    \
	  "The quote covers other PCRs than it must: exactly one bank, a bitmap of three bytes, "  \
	  "and the policy's selection (without one: that of the values beside the quote). A PCR "  \
	  "that is not selected is not signed, and two banks let bytes move between PCRs.")        \
	X(TPM_NO_VALUES, "tpm.no-values", WORKLOAD_UNKNOWN, 0,                                     \
	  "Only the digest of the PCRs is at hand, and not their values, so there is nothing to "  \
	  "compare with reference values. Send the values along.")                                 \
	X(TPM_PCR_MISMATCH, "tpm.pcr-mismatch", WORKLOAD_MISMATCH, 0,                              \
	  "A signed PCR has none of the policy's values: something else was started or measured, " \
	  "or the reference values are another image's.")                                          \
	X(TPM_INITDATA, "tpm.initdata", WORKLOAD_MISMATCH, 0,                                      \
	  "PCR 8 is not one extension, from zero, by a digest of initdata that the policy knows: " \
	  "the guest was configured otherwise, or extended it twice (an agent that restarted).")   \
	X(TPM_PCRS_MATCH, "tpm.pcrs-match", WORKLOAD_MATCHES, 0,                                   \
	  "Every PCR that the policy has values for was signed with one of them. The claim "       \
	  "\"unjudged\" lists those that nobody compared.")                                        \
	X(TPM_NO_REFERENCE, "tpm.no-reference", WORKLOAD_UNKNOWN, 0,                               \
	  "The policy has no PCR value, so what was started is not judged. Set tpm.pcrs.")
