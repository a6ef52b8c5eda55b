/*
 * /dev/sev-guest, as the kernel answers its ioctls: reads and writes the caller's memory at the
 * offsets of the interface, and behaves as told.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct fake_sev {
	/* What comes back. */
	uint8_t report[1184];
	uint8_t key[32];
	uint8_t certs[16384];
	uint32_t certs_need; /* bytes that the host's certificates take; 0: it has none */
	/* How: these hold for the first `odd_calls` calls, -1: for all. */
	int odd_calls;
	int sys;	    /* errno; 0: the call succeeds           */
	uint32_t fw, vmm;   /* written where they aren't zero        */
	uint32_t status;    /* of the firmware                       */
	uint32_t size;	    /* of the report; 0: 1184                */
	int is_mute;	    /* succeeds, and writes nothing */
	uint8_t foreign;    /* changes a byte of the report's data   */
	int is_short_quiet; /* too small a buffer counts as success  */
	uint32_t floor;	    /* the lowest VMPL that may be asked for */
	/* What it saw. */
	int calls, plain, extended, keys;
	uint64_t fields;
	uint32_t vmpl, first_len;
	const uint8_t *resp; /* of the last call */
};

extern struct fake_sev fake_sev;

/* In place of sev_guest_ioctl(); `fd` must be FAKE_SEV_FD. Asserts what the kernel would refuse. */
#define FAKE_SEV_FD 77
int fake_sev_ioctl(int fd, unsigned long request, void *arg);
