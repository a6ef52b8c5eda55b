/*
 * Between the test module, which stands where sev-guest or tdx-guest would, and the program that
 * answers for the hardware (tests/guest/tee.c): /dev/test-tee. One write of a hello, then, for
 * each question, one read and one write. Read by the kernel and by a program.
 */
#pragma once

#include <linux/types.h>

#define TEST_TEE_NAME	    "test-tee"
#define TEST_TEE_DATA_BYTES 64
#define TEST_TEE_BLOB_BYTES 32768 /* as TSM_OUTBLOB_MAX */
#define TEST_TEE_AREA_BYTES 4096
#define TEST_TEE_GUID_CHARS 36

/* An EFI secret area with an entry of our GUID, and always with one of another. */
struct test_tee_area {
	__u32 is_there;
	__u32 len; /* of our secret; 0: there is no entry of ours */
	char guid[TEST_TEE_GUID_CHARS + 1];
	__u8 secret[TEST_TEE_AREA_BYTES];
};

struct test_tee_hello {
	char provider[16]; /* "sev_guest", "tdx_guest" */
	__u32 privlevel_floor;
	char tdx_device[16]; /* /dev/tdx_guest by that name, and its measurements; "": not */

	__u32 has_sev_device;  /* 1: /dev/sev-guest too                      */
	__u32 has_no_configfs; /* 1: nothing is registered with configfs-tsm */

	struct test_tee_area area;
};

enum test_tee_kind {
	TEST_TEE_REPORT,   /* out: report or quote; aux: certificates */
	TEST_TEE_TDREPORT, /* out: 1024 bytes                         */

	/* out: 48 bytes of a register */
	TEST_TEE_MRCONFIGID,
	TEST_TEE_RTMR3,
	TEST_TEE_EXTEND, /* RTMR3 with the first 48 bytes of data */

	TEST_TEE_KEY, /* data: struct snp_derived_key_req; out: 32 bytes */
};

struct test_tee_question {
	__u32 kind;
	__u32 privlevel;
	__u8 data[TEST_TEE_DATA_BYTES];
};

/* Followed by out_len and aux_len bytes. */
struct test_tee_answer {
	__s32 error; /* 0, or a negative errno for whoever asked */

	/* sev-guest: what the host says, and the firmware of the message and in its reply */
	__u32 vmm_error, fw_error, status;

	__u32 is_overtaken; /* 1: somebody else wrote between the question and this */
	__u32 out_len, aux_len;
};
