/* Reasons of the whole: freshness, binding, time, devices as a set; see attest/verify/reason.h. */
#pragma once

#define WHOLE_REASONS(X)                                                                   \
	X(FRESH_ANSWERS, "fresh.answers", FRESH_YES, 0,                                    \
	  "The signed report data or nonce is the one that was expected: this evidence "   \
	  "was made after the question was asked.")                                        \
	X(FRESH_NOT_ASKED, "fresh.not-asked", FRESH_NOT_ASKED, 0,                          \
	  "No nonce and no report data was given, so this may be a recording. Give "       \
	  "--nonce or --report-data; or let the policy say \"fresh\": false, if age does " \
	  "not matter.")                                                                   \
	X(FRESH_OTHER, "fresh.other", FRESH_NO, 0,                                         \
	  "The signed report data or nonce is not the expected one: it answers somebody "  \
	  "else's question, an older one, or was made for another key. Ask again with a "  \
	  "new nonce.")                                                                    \
	X(BOUND_ALONE, "bound.alone", BOUND_NOT_ASKED, 0,                                  \
	  "One part and no key were given, so there is nothing to bind together. If the "  \
	  "guest should prove that it holds a key, give it with --tee-key.")               \
	X(BOUND_KEY, "bound.key", BOUND_YES, 0,                                            \
	  "The report data covers the key that was given: the guest that signed named "    \
	  "it, and what is encrypted to it reaches that guest.")                           \
	X(BOUND_DEVICES, "bound.devices", BOUND_YES, 0,                                    \
	  "The CPU's report data covers the evidence of all devices, their number "        \
	  "included: none was left out, added or exchanged.")                              \
	X(BOUND_LOG, "bound.log", BOUND_YES, 0,                                            \
	  "The event log replays to registers that the hardware signed: order and "        \
	  "digests of its events are authenticated.")                                      \
	X(BOUND_NONCE_ONLY, "bound.nonce-only", BOUND_WEAK, 1,                             \
	  "The devices answered the same nonce as the CPU, and nothing else ties them: "   \
	  "whoever relays the evidence may have left devices out or put another "          \
	  "machine's in (AEP-83). Let sealinit collect it, which signs the list; or "      \
	  "allow it by policy.")                                                           \
	X(BOUND_NOTHING, "bound.nothing", BOUND_NO, 0,                                     \
	  "Parts were given together and nothing signed ties them: each may be another "   \
	  "machine's. Give the evidence as the guest sent it, in one piece, and the "      \
	  "nonce.")                                                                        \
	X(BOUND_OTHER, "bound.other", BOUND_NO, 0,                                         \
	  "The report data does not cover the devices or the key beside it: something "    \
	  "was added, taken away or exchanged after the CPU signed. Ask again; if it "     \
	  "stays so, somebody on the way changes it.")                                     \
	X(BOUND_COUNT, "bound.count", BOUND_NO, 0,                                         \
	  "The number of devices is not the one that the policy demands (gpu.count, "      \
	  "gpu.switches): one was left out, or the policy is for another machine.")        \
	X(BOUND_TWICE, "bound.twice", BOUND_NO, 0,                                         \
	  "One device answered for two: the same certified identity appears more than "    \
	  "once, so fewer devices are there than it seems.")                               \
	X(TIME_UNCHECKED, "time.unchecked", PLATFORM_UNCHECKED, 1,                         \
	  "No clock was given, so no validity of certificates, revocation lists and "      \
	  "collateral was checked: they may be long out of date. Give --at TIME, or "      \
	  "allow it by policy.")                                                           \
	X(BOUND_KEY_MISSING, "bound.key-missing", BOUND_UNCHECKED, 0,                      \
	  "The sender says that the report data covers its key, and the key was not "      \
	  "given. Give the DER public key of the TLS session with --tee-key.")             \
	X(BOUND_PCI_COUNT, "bound.pci-count", BOUND_NO, 0,                                 \
	  "The guest counted another number of display functions on its PCI bus than "     \
	  "devices that answered: one of them has no driver or was left out.")             \
	X(DEVICES_MODE, "devices.mode", PLATFORM_CURRENT, 0,                               \
	  "Inside the guest NVML said: confidential computing on, developer tools off, "   \
	  "production. The CPU signed these words; they are worth what the measured "      \
	  "guest is worth.")                                                               \
	X(DEVICES_DEVTOOLS, "devices.devtools", PLATFORM_DEBUG, 0,                         \
	  "The GPUs run in DevTools mode: the host can profile and read what they "        \
	  "compute. Switch the mode to on and reset them.")                                \
	X(DEVICES_SIMULATED, "devices.simulated", PLATFORM_DEBUG, 0,                       \
	  "NVML did not call the environment production: the GPUs are of a simulation or " \
	  "a test setup, and protect nothing.")                                            \
	X(DEVICES_CC_OFF, "devices.cc-off", PLATFORM_NOT_ALLOWED, 0,                       \
	  "Neither confidential computing nor protected PCIe is on: what crosses the PCI " \
	  "bus is plain. Switch the mode on and reset the GPUs.")                          \
	X(SAMPLE_PROVES_NOTHING, "sample.proves-nothing", GENUINE_FORGED, 0,               \
	  "This is evidence of the sample TEE, which tests use: anybody can write it. A "  \
	  "guest that sends it runs on no confidential hardware, or on an image that was " \
	  "built for tests.")
