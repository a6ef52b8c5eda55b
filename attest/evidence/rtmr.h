/*
 * RTMR3 of TDX, the register behind the event log, by the kernel's file. The CPU keeps it; nothing
 * takes an extension back, and it starts from zero with the guest, not with us.
 * Spec: Linux, Documentation/ABI/testing/sysfs-devices-virtual-misc-tdx_guest; cpu-evidence
 * reference 3.2.
 */
#pragma once

#include <stdint.h>

#include "attest/eventlog/register.h"
#include "base/err.h"

#define RTMR_BYTES 48

/* The file .../measurements/rtmr3:sha384, open for reading and writing; a loan. */
struct rtmr {
	int fd;
};

/*
 * Its value now. While the kernel makes a quote it waits for that, up to 30 seconds.
 * -FAIL_AGAIN: the register stayed busy. -FAIL_SYS. -FAIL_INPUT: not 48 bytes.
 */
int rtmr_read(const struct rtmr *r, uint8_t ret[static RTMR_BYTES], struct err *e);

/*
 * Register = SHA-384(register || digest), by one write. Waits as above.
 * -FAIL_AGAIN: stayed busy, and is not extended. -FAIL_SYS: the kernel refused; whether the
 * register moved is for rtmr_read() to tell.
 */
int rtmr_extend(const struct rtmr *r, const uint8_t digest[static RTMR_BYTES], struct err *e);

/* As what the log extends: strength "rtmr", name "RTMR3". `r` must stay where it is. */
struct log_register rtmr_register(struct rtmr *r);
