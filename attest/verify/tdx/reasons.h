/* Reasons of this folder; see attest/verify/reason.h. */
#pragma once

#define TDX_REASONS(X)                                                                             \
	X(TDX_FORMAT, "tdx.format", GENUINE_FORGED, 0,                                             \
	  "The bytes are no quote of version 3, 4 or 5: cut, damaged or forged. The text says "    \
	  "where. Ask for the evidence again; nothing in it may be believed.")                     \
	X(TDX_FORM_UNKNOWN, "tdx.form-unknown", GENUINE_UNPROVEN, 0,                               \
	  "This is a quote in CBOR, which later TDX modules can make (DICE, post-quantum keys). "  \
	  "It is not read here, so nothing is known of it. Have the host make an ECDSA quote of "  \
	  "version 4 or 5.")                                                                       \
	X(TDX_TDREPORT, "tdx.tdreport", GENUINE_UNPROVEN, 0,                                       \
	  "A TDREPORT proves nothing to a remote party: its MAC can only be checked by the CPU "   \
	  "that made it, so anybody can write one. Texts around AEP-83 send it in a quote's "      \
	  "place. Ask for a quote, which the host's quoting service makes of the TDREPORT.")       \
	X(TDX_PCK_MISSING, "tdx.pck-missing", GENUINE_UNPROVEN, 0,                                 \
	  "The quote names its platform and brings no PCK certificate (certification data of "     \
	  "type 1 to 3), so its signature can't be followed to Intel. Have the host register the " \
	  "platform, so that its quoting enclave puts the chain (type 5) into quotes.")            \
	X(TDX_CERTIFICATES, "tdx.certificates", GENUINE_FORGED, 0,                                 \
	  "The certificates inside the quote are not three in PEM (PCK, its CA, the root) and "    \
	  "nothing else. Intel's software writes no other chain.")                                 \
	X(TDX_CHAIN, "tdx.chain", GENUINE_FORGED, 0,                                               \
	  "The platform's certificate does not lead to Intel's root, whose fingerprint is built "  \
	  "in. Names mean nothing here: whoever made the quote made the certificates as well.")    \
	X(TDX_PCK, "tdx.pck", GENUINE_FORGED, 0,                                                   \
	  "Intel's extension of the PCK certificate, which tells the platform's model and "        \
	  "security versions, is absent or damaged.")                                              \
	X(TDX_QE_SIGNATURE, "tdx.qe-signature", GENUINE_FORGED, 0,                                 \
	  "The platform's certified key did not sign the quoting enclave's report: parts of two "  \
	  "quotes were joined, or bytes were changed.")                                            \
	X(TDX_QE, "tdx.qe", GENUINE_FORGED, 0,                                                     \
	  "The enclave that made this quote is certified by the platform and is not Intel's "      \
	  "quoting enclave, so it may say whatever it likes about the guest.")                     \
	X(TDX_KEY, "tdx.key", GENUINE_FORGED, 0,                                                   \
	  "The quoting enclave did not vouch for the key that signed the quote: the key was "      \
	  "exchanged, and with it the whole content.")                                             \
	X(TDX_SIGNATURE, "tdx.signature", GENUINE_FORGED, 0,                                       \
	  "The quote's signature does not hold for these bytes: something was changed after "      \
	  "signing.")                                                                              \
	X(TDX_GENUINE, "tdx.genuine", GENUINE_YES, 0,                                              \
	  "Intel's root certifies the platform, the platform its quoting enclave, and this "       \
	  "enclave's key signed the quote: hardware of Intel's made it.")                          \
	X(TDX_TEST_ROOT, "tdx.test-root", GENUINE_TEST, 0,                                         \
	  "All signatures hold, under a root that was given as a test root: no hardware of "       \
	  "Intel's is proven.")                                                                    \
	X(TDX_NOT_YET, "tdx.not-yet-valid", PLATFORM_NOT_ALLOWED, 0,                               \
	  "A certificate of the PCK chain is not valid yet at the time judged at. Is the clock, "  \
	  "or --at, right?")                                                                       \
	X(TDX_EXPIRED, "tdx.expired", PLATFORM_OUT_OF_DATE, 0,                                     \
	  "A certificate of the PCK chain has ended. Have the host fetch the platform's current "  \
	  "PCK certificate; for evidence of the past, say when with --at.")                        \
	X(TDX_DEBUG, "tdx.debug", PLATFORM_DEBUG, 0,                                               \
	  "The TD was started in debug mode: the host can read and change its memory and "         \
	  "registers. Nothing secret may go there. For tests a policy may say \"debug\": true.")   \
	X(TDX_DEBUG_ALLOWED, "tdx.debug-allowed", PLATFORM_CURRENT, 0,                             \
	  "The host can read this guest or enclave, and the policy lets it pass (\"debug\": "      \
	  "true). For tests alone.")                                                               \
	X(TDX_UNDER_DEBUG, "tdx.under-debug", PLATFORM_DEBUG, 0,                                   \
	  "An attribute in the group of those that open a TD to its host is set, one that is "     \
	  "not defined yet. No such TD is to be trusted.")                                         \
	X(TDX_ATTRIBUTES, "tdx.attributes", PLATFORM_NOT_ALLOWED, 0,                               \
	  "The TD's attributes are none of those that the policy lists, or, without a list, have " \
	  "bits that are unknown or let the TD migrate. If they are right for you, list the "      \
	  "value in the policy (\"attributes\").")                                                 \
	X(TDX_SEPT_VE, "tdx.sept-ve-disable", PLATFORM_NOT_ALLOWED, 0,                             \
	  "SEPT_VE_DISABLE is off: the host can take a page away and have the guest meet an "      \
	  "exception at any instruction, which Linux is not built for. Start the TD with it on.")  \
	X(TDX_XFAM, "tdx.xfam", PLATFORM_NOT_ALLOWED, 0,                                           \
	  "The processor features that the TD may use (XFAM) are none of those that the policy "   \
	  "lists, or, without a list, contain unknown ones.")                                      \
	X(TDX_SERVICE_TD, "tdx.service-td", PLATFORM_NOT_ALLOWED, 0,                               \
	  "Another TD, one that can migrate it or act for it, is bound to this TD and is not "     \
	  "among those that the policy lists (\"mr_service_td\"): who runs that one holds this.")  \
	X(TDX_MODULE, "tdx.module", PLATFORM_NOT_ALLOWED, 0,                                       \
	  "The TDX module's measurement (MRSEAM) is none of those that the policy lists.")         \
	X(TDX_TCB_FLOOR, "tdx.tcb-floor", PLATFORM_OUT_OF_DATE, 0,                                 \
	  "A security version of the TDX module is below the policy's floor "                      \
	  "(\"min_tee_tcb_svn\"). The host has to update its TDX module.")                         \
	X(TDX_SMT, "tdx.smt", PLATFORM_NOT_ALLOWED, 0,                                             \
	  "The policy wants hyperthreading off, and the PCK certificate says that it is on or "    \
	  "says nothing of it (certificates by the Processor CA never do).")                       \
	X(SGX_DEBUG, "sgx.debug", PLATFORM_DEBUG, 0,                                               \
	  "The enclave runs in debug mode: a debugger on the host can read and change it. For "    \
	  "tests a policy may say \"debug\": true.")                                               \
	X(SGX_NOT_STARTED, "sgx.not-started", PLATFORM_NOT_ALLOWED, 0,                             \
	  "The report is of an enclave that was not initialised, which no enclave can ask for.")   \
	X(TDX_MATCHES, "tdx.matches", WORKLOAD_MATCHES, 0,                                         \
	  "The measurements of what was started are among the policy's reference values. Fields "  \
	  "without a reference are listed in the claims (\"unjudged\").")                          \
	X(TDX_MISMATCH, "tdx.mismatch", WORKLOAD_MISMATCH, 0,                                      \
	  "A measured value is none of the policy's reference values for it: another image, "      \
	  "kernel, command line, configuration or owner than the expected ones.")                  \
	X(TDX_UNKNOWN, "tdx.unknown", WORKLOAD_UNKNOWN, 0,                                         \
	  "The policy has no reference value for something that decides what runs. A TD is "       \
	  "known by MRTD (firmware) with RTMR1 and RTMR2 (kernel, command line, initrd); by MRTD " \
	  "alone where the policy says \"mrtd_is_enough\".")                                       \
	X(SGX_MATCHES, "sgx.matches", WORKLOAD_MATCHES, 0,                                         \
	  "The enclave is one that the policy names: by MRENCLAVE, or by MRSIGNER with its "       \
	  "product number.")                                                                       \
	X(SGX_MISMATCH, "sgx.mismatch", WORKLOAD_MISMATCH, 0,                                      \
	  "The enclave, its signer, product, version or configuration is none that the policy "    \
	  "names.")                                                                                \
	X(SGX_UNKNOWN, "sgx.unknown", WORKLOAD_UNKNOWN, 0,                                         \
	  "The policy names no enclave: give \"mrenclave\", or \"mrsigner\" with \"isvprodid\".")
