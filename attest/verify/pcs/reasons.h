/* Reasons of this folder; see attest/verify/reason.h. */
#pragma once

#define PCS_REASONS(X)                                                                             \
	X(PCS_CURRENT, "pcs.up-to-date", PLATFORM_CURRENT, 0,                                      \
	  "Intel's signed TCB info and QE identity rate every security version of this platform "  \
	  "as UpToDate: nothing that was fixed by then is open. Look at the date of the "          \
	  "collateral for how recent that judgement is.")                                          \
	X(PCS_FORMAT, "pcs.format", PLATFORM_NOT_ALLOWED, 0,                                       \
	  "A file of Intel's collateral breaks its own specification: cut, damaged, of an "        \
	  "unknown version, or never one. The text names it and says where. The quote itself may " \
	  "be fine; get the file anew from Intel (or ask who gave it to you) and verify again.")   \
	X(PCS_FORGED, "pcs.forged", PLATFORM_NOT_ALLOWED, 0,                                       \
	  "A file of Intel's collateral is not signed by whom it must be signed: the signature "   \
	  "over its very bytes does not hold, or its issuer does not stand under the root of the " \
	  "platform's own certificate. A file that was formatted anew fails like a forged one. "   \
	  "Get it from Intel again, byte for byte.")                                               \
	X(PCS_MISSING, "pcs.collateral-missing", PLATFORM_UNPROVEN, 0,                             \
	  "TCB info, QE identity or the certificate that signs both is not at hand, so nobody "    \
	  "can say what the platform's firmware is worth. The missing files are listed with the "  \
	  "URL where Intel keeps each and the name under which the cache expects it.")             \
	X(PCS_EXPIRED, "pcs.collateral-expired", PLATFORM_NOT_ALLOWED, 0,                          \
	  "Collateral, or the certificate that signs it, is past its nextUpdate or end: what was " \
	  "found since is not in it, and an old file is how one hides a revocation. Fetch it "     \
	  "again; or give --at with the time of the evidence, if that is what you ask about.")     \
	X(PCS_NOT_YET, "pcs.collateral-not-yet", PLATFORM_NOT_ALLOWED, 0,                          \
	  "Collateral, or the certificate that signs it, was issued after the time that is "       \
	  "judged at. Is the clock right? To judge at an earlier time (--at), use the collateral " \
	  "of that time.")                                                                         \
	X(PCS_NO_REVOCATION, "pcs.no-revocation", PLATFORM_UNPROVEN, 1,                            \
	  "A revocation list of Intel is not at hand, so a platform whose key is known to have "   \
	  "leaked would look like any other. Get the file that is named as missing; or let the "   \
	  "policy say \"revocation\": \"if-present\".")                                            \
	X(PCS_CRL_STALE, "pcs.crl-stale", PLATFORM_UNPROVEN, 1,                                    \
	  "A revocation list is past its nextUpdate, or of after the time that is judged at: "     \
	  "what it does not list may be revoked all the same. Fetch it again.")                    \
	X(PCS_PCK_REVOKED, "pcs.pck-revoked", PLATFORM_REVOKED, 0,                                 \
	  "Intel has revoked this platform's provisioning certificate (PCK). Its keys must be "    \
	  "taken for known to others, and nothing that they sign proves anything.")                \
	X(PCS_CA_REVOKED, "pcs.ca-revoked", PLATFORM_REVOKED, 0,                                   \
	  "Intel has revoked the CA that certified this platform. None of its certificates "       \
	  "counts any more.")                                                                      \
	X(PCS_SIGNER_REVOKED, "pcs.signer-revoked", PLATFORM_NOT_ALLOWED, 0,                       \
	  "Intel has revoked the certificate that signed the collateral, so what the collateral "  \
	  "says counts for nothing. It tells nothing about the platform. Fetch collateral with "   \
	  "its present issuer chain.")                                                             \
	X(PCS_OTHER_PLATFORM, "pcs.other-platform", PLATFORM_NOT_ALLOWED, 0,                       \
	  "The TCB info is signed, and about other hardware: TEE, FMSPC or PCEID differ from "     \
	  "those in the platform's certificate. Get the one that is named by the platform's "      \
	  "FMSPC.")                                                                                \
	X(PCS_OTHER_IDENTITY, "pcs.other-identity", PLATFORM_NOT_ALLOWED, 0,                       \
	  "The QE identity is signed, and of the other TEE's quoting enclave (QE for SGX, TD_QE "  \
	  "for TDX). Get the one for this kind of quote.")                                         \
	X(PCS_OTHER_QE, "pcs.other-quoting-enclave", GENUINE_FORGED, 0,                            \
	  "The enclave that made the quote is not Intel's quoting enclave: its signer, product, "  \
	  "mode or attributes differ from the signed QE identity. Any enclave can get a report "   \
	  "certified; only Intel's is known to quote nothing but what the hardware told it. The "  \
	  "quote proves nothing.")                                                                 \
	X(PCS_OTHER_MODULE, "pcs.other-module", PLATFORM_NOT_ALLOWED, 0,                           \
	  "The TDX module that runs the platform is none that Intel's TCB info names: its major "  \
	  "version has no identity there, or MRSIGNERSEAM or SEAMATTRIBUTES are others. If the "   \
	  "module is very new, get newer TCB info (update=early); else the module is not "         \
	  "Intel's.")                                                                              \
	X(PCS_NOT_SUPPORTED, "pcs.not-supported", PLATFORM_NOT_ALLOWED, 0,                         \
	  "The security versions of platform, TDX module or quoting enclave are below every "      \
	  "level of Intel's TCB info: older than anything that Intel still rates. Update "         \
	  "firmware, microcode and the SGX and TDX software.")                                     \
	X(PCS_REVOKED, "pcs.tcb-revoked", PLATFORM_REVOKED, 0,                                     \
	  "Intel rates the security versions of platform, TDX module or quoting enclave as "       \
	  "Revoked: they are known to be broken. Update before trusting the platform again.")      \
	X(PCS_OUT_OF_DATE, "pcs.out-of-date", PLATFORM_OUT_OF_DATE, 1,                             \
	  "Firmware, microcode, TDX module or quoting enclave lack updates that close known "      \
	  "holes; the claims name the advisories. Update the platform; or, knowing them, let the " \
	  "policy's \"tcb_status\" name \"OutOfDate\".")                                           \
	X(PCS_OUT_OF_DATE_CONFIGURATION, "pcs.out-of-date-configuration-needed",                   \
	  PLATFORM_OUT_OF_DATE, 1,                                                                 \
	  "The platform lacks updates that close known holes, and its configuration may leave "    \
	  "others open (as hyperthreading or a BIOS option). Update it and follow the "            \
	  "advisories; or let the policy's \"tcb_status\" name \"OutOfDateConfigurationNeeded\".") \
	X(PCS_CONFIGURATION, "pcs.configuration-needed", PLATFORM_OUT_OF_DATE, 1,                  \
	  "The platform has all updates, but its configuration may leave known holes open (as "    \
	  "hyperthreading or a BIOS option). Follow the advisories in the claims; or let the "     \
	  "policy's \"tcb_status\" name \"ConfigurationNeeded\".")                                 \
	X(PCS_SW_HARDENING, "pcs.sw-hardening-needed", PLATFORM_OUT_OF_DATE, 1,                    \
	  "The platform has all updates, but the software inside the TEE must be built against "   \
	  "known attacks itself. If yours is, let the policy's \"tcb_status\" name "               \
	  "\"SWHardeningNeeded\" and its \"advisories\" those that you have dealt with.")          \
	X(PCS_CONFIGURATION_AND_SW_HARDENING, "pcs.configuration-and-sw-hardening-needed",         \
	  PLATFORM_OUT_OF_DATE, 1,                                                                 \
	  "The platform has all updates, but its configuration may leave known holes open and "    \
	  "the software inside must be built against others. Follow the advisories; or let the "   \
	  "policy's \"tcb_status\" name \"ConfigurationAndSWHardeningNeeded\".")                   \
	X(PCS_RELAUNCH, "pcs.td-relaunch-advised", PLATFORM_OUT_OF_DATE, 1,                        \
	  "The platform has been updated while this TD ran; the TD itself was launched under the " \
	  "older TDX module and keeps its weaknesses. Start it again; or let the policy's "        \
	  "\"tcb_status\" name \"TDRelaunchAdvised\".")                                            \
	X(PCS_RELAUNCH_CONFIGURATION, "pcs.td-relaunch-advised-configuration-needed",              \
	  PLATFORM_OUT_OF_DATE, 1,                                                                 \
	  "The platform has been updated while this TD ran, which must start again to profit; "    \
	  "besides, the platform's configuration may leave known holes open. Start the TD again "  \
	  "and follow the advisories; or let the policy's \"tcb_status\" name "                    \
	  "\"TDRelaunchAdvisedConfigurationNeeded\".")                                             \
	X(PCS_EVALUATIONS_DIFFER, "pcs.evaluation-numbers-differ", PLATFORM_OUT_OF_DATE, 1,        \
	  "TCB info and QE identity belong to different TCB recoveries "                           \
	  "(tcbEvaluationDataNumber): one of them does not know yet what the other one judges "    \
	  "by. Fetch both in one go, with the same update channel.")                               \
	X(PCS_OLD_EVALUATION, "pcs.evaluation-number", PLATFORM_NOT_ALLOWED, 0,                    \
	  "The collateral is of an earlier TCB recovery than the policy's "                        \
	  "\"min_tcb_evaluation_number\": somebody may have kept an old file that is still "       \
	  "within its dates. Fetch it again.")                                                     \
	X(PCS_OLD_DATE, "pcs.tcb-date", PLATFORM_NOT_ALLOWED, 0,                                   \
	  "The date of the TCB level that the platform reaches is before the policy's "            \
	  "\"min_tcb_date\". Update the platform.")                                                \
	X(PCS_ADVISORY, "pcs.advisory", PLATFORM_NOT_ALLOWED, 0,                                   \
	  "An advisory is open on this platform that the policy's \"advisories\" do not name. "    \
	  "Update the platform; or add the advisory to the list once you know that it does not "   \
	  "concern you.")                                                                          \
	X(PCS_FMSPC, "pcs.fmspc", PLATFORM_NOT_ALLOWED, 0,                                         \
	  "The platform's family (FMSPC in its certificate) is none that the policy's \"fmspc\" "  \
	  "lists.")
