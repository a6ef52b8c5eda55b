/* A whole log, read once. Spec: cpu-evidence reference 7.1, 7.4. */
#pragma once

#include "attest/verify/log/event.h"

/* Where it ends, and how it counts registers, depends on who kept it. */
enum tcg_form {
	TCG_FORM_CC, /* CCEL: an area that FF or 00 pads; register 1 is RTMR0 */
	TCG_FORM_TPM /* a file of its own length; registers are PCRs           */
};

/* Spans are loans of the bytes. */
struct tcg_log {
	enum tcg_form form;
	struct tcg_header header;
	struct tcg_event *events; /* owned */
	size_t count;
	size_t end;	 /* bytes up to the terminator, or all */
	size_t rest;	 /* bytes behind `end`                 */
	bool is_padding; /* all of them the same: FF, or 00     */
};

#define AUTO_TCG_LOG __attribute__((cleanup(tcg_log_done)))

void tcg_log_done(struct tcg_log *log);

/*
 * Reads header and events, LIMIT_VERIFY_EVENTS at most. The end is the end of the bytes, or FF
 * eight times (fewer if fewer are left) where an event would begin; in a CC log 00 too. What lies
 * behind is not looked at.
 * -FAIL_INPUT names the byte, -FAIL_LIMIT (over LIMIT_EVENTLOG_BYTES or too many), -FAIL_SYS.
 */
int tcg_log_read(struct span bytes, enum tcg_form form, struct tcg_log *ret, struct err *e);

/* The form that the header speaks for, for those who have nothing else to go by. */
int tcg_log_guess(struct span bytes, enum tcg_form *ret, struct err *e);
