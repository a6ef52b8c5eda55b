/* Reasons of this folder; see attest/verify/reason.h. */
#pragma once

#define SNP_REASONS(X) SNP_GENUINE_REASONS(X) SNP_PLATFORM_REASONS(X) SNP_WORKLOAD_REASONS(X)

#define SNP_GENUINE_REASONS(X)                                                                    \
	X(SNP_GENUINE, "snp.genuine", GENUINE_YES, 0,                                             \
	  "The report's signature verifies with a VCEK or VLEK whose chain ends in AMD's root "   \
	  "for "                                                                                  \
	  "this CPU generation, and certificate and report name the same TCB and, with a VCEK, "  \
	  "the "                                                                                  \
	  "same chip. An AMD security processor wrote it for a guest that it protects.")          \
	X(SNP_TEST_ROOT, "snp.test-root", GENUINE_TEST, 0,                                        \
	  "Chain and signature hold under a root that only a test trusts. This says nothing "     \
	  "about "                                                                                \
	  "hardware: anybody who has the test's key can write such a report.")                    \
	X(SNP_FORMAT, "snp.format", GENUINE_FORGED, 0,                                            \
	  "The bytes break their own specification: cut, damaged or forged, or a report version " \
	  "that this program does not know. The text says where. Take the report again; if a "    \
	  "newer "                                                                                \
	  "firmware wrote it, a newer verifier is needed.")                                       \
	X(SNP_UNSIGNED, "snp.unsigned", GENUINE_FORGED, 0,                                        \
	  "The report says of itself that no VCEK or VLEK signed it (signing key none, chip key " \
	  "masked, a zero signature), so nothing can be proven by it. The host's owner must "     \
	  "enable "                                                                               \
	  "a signing key.")                                                                       \
	X(SNP_GENERATION, "snp.generation", GENUINE_UNPROVEN, 0,                                  \
	  "The CPU is of no generation whose root and TCB layout are known here (Milan, Genoa "   \
	  "with "                                                                                 \
	  "Bergamo and Siena, Turin). Guessing another's would compare the wrong bytes, so "      \
	  "nothing "                                                                              \
	  "was verified. A newer verifier may know it.")                                          \
	X(SNP_LEAF_MISSING, "snp.leaf-missing", GENUINE_UNPROVEN, 0,                              \
	  "The certificate of the key that signed, which KEY_INFO names, came with neither the "  \
	  "evidence nor the store. A VCEK is at AMD's, under the URL that the list of missing "   \
	  "files "                                                                                \
	  "gives; a VLEK is handed out by the host alone, so it must be collected with the "      \
	  "report.")                                                                              \
	X(SNP_CHAIN_MISSING, "snp.chain-missing", GENUINE_UNPROVEN, 0,                            \
	  "AMD's intermediate (ASK, ASVK) or root (ARK) certificate for this generation is "      \
	  "missing. Roots are built in as fingerprints, the certificates themselves are not: "    \
	  "fetch "                                                                                \
	  "the file that the list of missing files names.")                                       \
	X(SNP_COLLATERAL, "snp.collateral", GENUINE_UNPROVEN, 0,                                  \
	  "A file of the store that should hold certificates can't be read as such. Nothing was " \
	  "verified with it. Fetch it again.")                                                    \
	X(SNP_CHAIN, "snp.chain", GENUINE_FORGED, 0,                                              \
	  "The leaf's chain does not hold: another generation's issuer, a signature that fails "  \
	  "or "                                                                                   \
	  "is made by another algorithm, or a root that is not AMD's. Whoever made this "         \
	  "certificate "                                                                          \
	  "was not AMD.")                                                                         \
	X(SNP_CERTIFICATE, "snp.certificate", GENUINE_FORGED, 0,                                  \
	  "AMD's own extensions in the leaf are missing, doubled, damaged or of another kind of " \
	  "certificate. What is absent can't be equal, so the report can't be tied to it.")       \
	X(SNP_SIGNATURE, "snp.signature", GENUINE_FORGED, 0,                                      \
	  "The report's signature does not verify with the leaf's key: the report was altered, "  \
	  "or "                                                                                   \
	  "the certificate belongs to another chip or TCB. Check that both come from the same "   \
	  "machine and moment.")                                                                  \
	X(SNP_CERTIFICATE_TCB, "snp.certificate-tcb", GENUINE_FORGED, 0,                          \
	  "The TCB in the certificate is not the one that the report claims. Keys are derived "   \
	  "from "                                                                                 \
	  "the TCB, so the two can't belong together.")                                           \
	X(SNP_CERTIFICATE_CHIP, "snp.certificate-chip", GENUINE_FORGED, 0,                        \
	  "The chip that the certificate was issued for is not the one that the report names: "   \
	  "the "                                                                                  \
	  "answer of another machine was passed on.")

#define SNP_PLATFORM_REASONS(X)                                                                    \
	X(SNP_CURRENT, "snp.current", PLATFORM_CURRENT, 0,                                         \
	  "Reported and launch TCB reach the policy's floor for this generation, the certificate " \
	  "is "                                                                                    \
	  "for exactly the reported TCB, and no other check of the platform found anything. AMD "  \
	  "publishes no list of TCBs that are up to date: the floor is the policy's word, as "     \
	  "recent "                                                                                \
	  "as whoever wrote it.")                                                                  \
	X(SNP_NO_FLOOR, "snp.no-floor", PLATFORM_UNCHECKED, 1,                                     \
	  "The certificate is for exactly the TCB that was reported, but whether that TCB is up "  \
	  "to "                                                                                    \
	  "date nobody said: AMD publishes no list, and a host may run and report old firmware "   \
	  "whose holes are known. Calling it current would be a guess. Give \"min_tcb\" for this " \
	  "generation, with the numbers of AMD's latest security bulletin that concerns you; or "  \
	  "allow this reason, and judge the TCB that the claims show.")                            \
	X(SNP_TCB_LOW, "snp.tcb-low", PLATFORM_OUT_OF_DATE, 1,                                     \
	  "The reported TCB, or the one that the guest was launched under, is below the policy's " \
	  "floor in at least one component. The holes that later firmware closed are open. "       \
	  "Update "                                                                                \
	  "the host's firmware, then start the guest anew; or lower the floor.")                   \
	X(SNP_MITIGATION, "snp.mitigation", PLATFORM_OUT_OF_DATE, 1,                               \
	  "A mitigation that the policy demands was not active at launch, or is not now. Reports " \
	  "before version 5 state none.")                                                          \
	X(SNP_EXPIRED, "snp.expired", PLATFORM_OUT_OF_DATE, 0,                                     \
	  "A certificate of the chain was past its validity at the time of judging. VLEKs live "   \
	  "one "                                                                                   \
	  "year: the cloud must hand out a new one. Evidence that was kept is judged at its own "  \
	  "time with --at.")                                                                       \
	X(SNP_NOT_YET_VALID, "snp.not-yet-valid", PLATFORM_NOT_ALLOWED, 0,                         \
	  "A certificate of the chain begins later than the time of judging. Either the clock is " \
	  "wrong, or --at names a time at which this certificate did not exist.")                  \
	X(SNP_CRL_MISSING, "snp.crl-missing", PLATFORM_UNPROVEN, 1,                                \
	  "AMD's revocation list for this generation is not at hand, so a revoked intermediate "   \
	  "would not be seen. Fetch the file that the list of missing files names; or let the "    \
	  "policy say \"revocation\": \"if-present\".")                                            \
	X(SNP_CRL_STALE, "snp.crl-stale", PLATFORM_UNPROVEN, 1,                                    \
	  "The revocation list is past its next update, or from the future, and says nothing "     \
	  "about "                                                                                 \
	  "the time of judging. Fetch it again.")                                                  \
	X(SNP_CRL_FORGED, "snp.crl-forged", PLATFORM_NOT_ALLOWED, 0,                               \
	  "The revocation list in the store is damaged, or not signed by this generation's root. " \
	  "Somebody changed it, or it is another's. Fetch it again, and ask how it came there.")   \
	X(SNP_CRL_SKIPPED, "snp.crl-skipped", PLATFORM_CURRENT, 0,                                 \
	  "There is no revocation list, and the policy accepts that (\"revocation\": "             \
	  "\"if-present\"): a revoked intermediate would not be seen.")                            \
	X(SNP_REVOKED, "snp.revoked", PLATFORM_REVOKED, 0,                                         \
	  "AMD has revoked the ASK or ASVK that the leaf stands on. Nothing signed below it can "  \
	  "be "                                                                                    \
	  "trusted any more, whatever a policy says.")                                             \
	X(SNP_VERSION_2, "snp.version-2", PLATFORM_NOT_ALLOWED, 0,                                 \
	  "The report is of version 2, which does not state its CPU, so the generation was taken " \
	  "from the certificate. Firmware that still writes it is old. Update the host; or let "   \
	  "the "                                                                                   \
	  "policy say \"allow_v2\": true.")                                                        \
	X(SNP_PRODUCT, "snp.product", PLATFORM_NOT_ALLOWED, 0,                                     \
	  "The CPU's generation is not among the policy's \"products\".")                          \
	X(SNP_TCB_ORDER, "snp.tcb-order", PLATFORM_NOT_ALLOWED, 0,                                 \
	  "The reported TCB is above the current one in some component. Firmware can't run what "  \
	  "it "                                                                                    \
	  "does not have: no honest platform reports this.")                                       \
	X(SNP_PROVISIONAL, "snp.provisional", PLATFORM_NOT_ALLOWED, 1,                             \
	  "The firmware that runs is not the committed one, so the host can still go back to the " \
	  "older one, behind the guest's back. The host's owner commits it; or the policy says "   \
	  "\"provisional_firmware\": true.")                                                       \
	X(SNP_CHIP_MASKED, "snp.chip-masked", PLATFORM_NOT_ALLOWED, 0,                             \
	  "The host masked the chip's id, so the report can't be compared with the chip that the " \
	  "certificate names. Let the host unmask it; or the policy say "                          \
	  "\"allow_masked_chip_id\": "                                                             \
	  "true.")                                                                                 \
	X(SNP_CHIP_UNLISTED, "snp.chip-unlisted", PLATFORM_NOT_ALLOWED, 0,                         \
	  "The policy lists the chips that may answer, and this is none of them.")                 \
	X(SNP_CSP, "snp.csp", PLATFORM_NOT_ALLOWED, 1,                                             \
	  "A VLEK stands for any machine of one cloud, not for one chip, and the policy's "        \
	  "\"csp_id\" "                                                                            \
	  "does not name this cloud. Whoever runs a cloud can have such a key, so without a list " \
	  "none is taken. Add the name, if it is where the guest should run.")                     \
	X(SNP_VMPL, "snp.vmpl", PLATFORM_NOT_ALLOWED, 0,                                           \
	  "The report was asked for at another privilege level than the policy's \"vmpl\" "        \
	  "(default 0). Above 0, a module such as an SVSM is in charge of the guest, and it is "   \
	  "that "                                                                                  \
	  "which must be known; at 0 where another was expected, it is absent.")                   \
	X(SNP_DEBUG, "snp.debug", PLATFORM_DEBUG, 0,                                               \
	  "The guest's policy lets the host read and write the guest's memory. Nothing in it is "  \
	  "secret, and its measurement means nothing. Launch it without bit 19.")                  \
	X(SNP_DEBUG_PERMITTED, "snp.debug-permitted", PLATFORM_CURRENT, 0,                         \
	  "The host may read the guest's memory, and this policy accepts that (\"guest_policy\": " \
	  "{\"debug\": true}). For tests only.")                                                   \
	X(SNP_MIGRATION, "snp.migration", PLATFORM_NOT_ALLOWED, 0,                                 \
	  "The guest's policy allows a migration agent, and one is bound to it. The agent holds "  \
	  "the keys of the guest's memory and must be trusted as the guest is. Launch without "    \
	  "bit "                                                                                   \
	  "18; or let the policy say \"guest_policy\": {\"migration\": true}.")                    \
	X(SNP_POLICY_BITS, "snp.policy-bits", PLATFORM_NOT_ALLOWED, 0,                             \
	  "The guest's policy has bits whose meaning is not known here, or lacks the one that is " \
	  "always set. What they permit the host can't be judged.")                                \
	X(SNP_GUEST_POLICY, "snp.guest-policy", PLATFORM_NOT_ALLOWED, 0,                           \
	  "A flag of the guest's policy, or its minimum firmware ABI, is not as \"guest_policy\" " \
	  "wants it.")                                                                             \
	X(SNP_PLATFORM_INFO, "snp.platform-info", PLATFORM_NOT_ALLOWED, 0,                         \
	  "A flag that the platform states about itself is not as \"platform\" wants it. It is "   \
	  "set "                                                                                   \
	  "in the host's firmware.")                                                               \
	X(SNP_PLATFORM_BITS, "snp.platform-bits", PLATFORM_CURRENT, 0,                             \
	  "The platform states features whose meaning is not known here. New firmware adds such "  \
	  "bits; they are told, and not held against it.")

#define SNP_WORKLOAD_REASONS(X)                                                                    \
	X(SNP_MATCHES, "snp.matches", WORKLOAD_MATCHES, 0,                                         \
	  "The launch measurement, and every other field that the policy has reference values "    \
	  "for, "                                                                                  \
	  "is among them. The claim \"unjudged\" lists the fields without any.")                   \
	X(SNP_UNKNOWN, "snp.unknown", WORKLOAD_UNKNOWN, 0,                                         \
	  "The policy has no reference value for the launch measurement, so what was started is "  \
	  "unknown. Compute it for the image and firmware in use, and put it into "                \
	  "\"measurement\".")                                                                      \
	X(SNP_MISMATCH, "snp.mismatch", WORKLOAD_MISMATCH, 0,                                      \
	  "A field that tells what was started is not among the policy's reference values. It is " \
	  "another image, firmware, number of CPUs, initdata or owner; or the reference is old.")  \
	X(SNP_GUEST_SVN, "snp.guest-svn", WORKLOAD_MISMATCH, 0,                                    \
	  "The guest's security version, which its ID block states, is below \"min_guest_svn\": "  \
	  "an "                                                                                    \
	  "image that its owner has withdrawn.")
