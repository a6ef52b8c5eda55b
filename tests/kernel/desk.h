/* SPDX-License-Identifier: GPL-2.0 */
/* Inside the test module: how its devices ask the program (tee.c), sev-guest (sev.c), and the
 * EFI secret area (area.c). */
#pragma once

#include "tee.h"

struct tsm_report;

struct tee_blobs {
	struct test_tee_answer head;
	__u8 *out, *aux; /* kvmalloc; whoever takes one sets it to NULL */
};

/* The answer, the caller's to free; the program's own error otherwise. */
int tee_ask(const struct test_tee_question *q, struct tee_blobs *ret);
void tee_blobs_free(struct tee_blobs *b);

/* securityfs' secrets/coco, as efi_secret serves it. */
int area_register(const struct test_tee_area *area);

/* /dev/sev-guest, and what configfs-tsm asks of the same firmware. */
int sev_register(void);
int sev_report_new(struct tsm_report *report);
