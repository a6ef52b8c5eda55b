/* Reasons of this folder; see attest/verify/reason.h. */
#pragma once

#define LOG_REASONS(X)                                                                             \
	X(LOG_FORMAT, "log.format", GENUINE_FORGED, 0,                                             \
	  "The bytes break their own specification: cut, damaged or forged. The text says where.") \
	X(LOG_UNSIGNED, "log.unsigned", BOUND_UNCHECKED, 0,                                        \
	  "Nothing authenticates this log: no register of a genuine report or quote is at hand "   \
	  "to "                                                                                    \
	  "compare it with, and anyone can write a log. Give the evidence that signs the "         \
	  "registers (a TDX quote, a TPM quote with its PCRs) along with it.")                     \
	X(LOG_MISMATCH, "log.mismatch", BOUND_NO, 0,                                               \
	  "The log does not lead to a register that the hardware signed: an event was left out, "  \
	  "added, changed or moved, or something extended the register without writing it down. "  \
	  "If programs do so by design, name the registers to judge in the policy's "              \
	  "log.registers.")                                                                        \
	X(LOG_ALGORITHM, "log.algorithm", BOUND_NO, 0,                                             \
	  "An event of a judged register has no digest of the algorithm that the register has, "   \
	  "so the log can't be replayed. Leaving it out would hide it.")                           \
	X(LOG_SEPARATOR, "log.separator", WORKLOAD_MISMATCH, 0,                                    \
	  "A separator tells that the firmware failed to measure what it started: its digest is "  \
	  "that of the number 1. What ran before the operating system is unknown.")                \
	X(LOG_NO_POLICY, "log.no-policy", WORKLOAD_NONE, 0,                                        \
	  "The policy expects no particular events, so the log is listed and not judged. Of each " \
	  "event the register, the order within it and the digest are authenticated once the log " \
	  "is bound; type and text are not: who ran later may have relabelled them. Believe data " \
	  "only where \"checkable\" is \"matches\".")                                              \
	X(LOG_AFTER_EXIT, "log.after-exit", WORKLOAD_UNKNOWN, 1,                                   \
	  "An event of the firmware's registers stands behind \"Exit Boot Services\", when the "   \
	  "firmware had handed over: the running system wrote it, whatever it says it is.")        \
	X(LOG_EVENT_OTHER, "log.event-other", WORKLOAD_MISMATCH, 0,                                \
	  "An event in a register that the policy lists events for is not on the list, by type "   \
	  "and digest together: something else was measured, or a label was changed.")             \
	X(LOG_EVENT_ABSENT, "log.event-absent", WORKLOAD_MISMATCH, 0,                              \
	  "An event that the policy requires is not in the log.")                                  \
	X(LOG_NOT_JUDGED, "log.not-judged", WORKLOAD_MISMATCH, 0,                                  \
	  "The policy expects something of a register that nobody signed or that it excludes "     \
	  "from judging (log.registers), so nothing there can be believed.")                       \
	X(LOG_SECURE_BOOT, "log.secure-boot", WORKLOAD_MISMATCH, 0,                                \
	  "The policy demands secure boot, and the log does not show it: the first SecureBoot "    \
	  "variable before the separator must be 1, with data that its digest covers. Later ones " \
	  "do not count, since anything that runs may add them.")                                  \
	X(LOG_AAEL, "log.aael", WORKLOAD_MISMATCH, 0,                                              \
	  "The register of the attestation agent's events (RTMR3, or PCR 17) holds an event that " \
	  "the policy's log.aael does not list, one whose text its digest does not cover, or one " \
	  "that is not the agent's at all.")                                                       \
	X(LOG_EXPECTED, "log.expected", WORKLOAD_MATCHES, 0,                                       \
	  "Every event that the policy judges is one that it expects.")
