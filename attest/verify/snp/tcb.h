/* TCB_VERSION: eight bytes whose meaning depends on the generation. Compared by components, never
 * as a number. Spec: cpu-evidence reference 2.3. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/verify/snp/product.h"

enum snp_spl { SPL_FMC, SPL_BOOTLOADER, SPL_TEE, SPL_SNP, SPL_MICROCODE, SPLS };

struct snp_tcb {
	uint8_t at[SPLS]; /* SPL_FMC is 0 before Turin */
};

#define SNP_TCB_TEXT_BYTES 80

/* As in claims, policies and CoCo's JSON: "fmc", "bootloader", "tee", "snp", "microcode". */
const char *snp_spl_name(enum snp_spl s);
bool snp_has_spl(enum snp_product p, enum snp_spl s);

/* From SNP_TCB_BYTES bytes. -FAIL_INPUT: a reserved byte is not zero. */
int snp_tcb_parse(enum snp_product p, struct span raw, const char *where, struct snp_tcb *ret,
		  struct err *e);

/* The inverse. */
void snp_tcb_write(enum snp_product p, const struct snp_tcb *t, uint8_t ret[static SNP_TCB_BYTES]);

bool snp_tcb_is_equal(const struct snp_tcb *a, const struct snp_tcb *b);
/* Every component of `t` is at least that of `floor`. */
bool snp_tcb_is_at_least(const struct snp_tcb *t, const struct snp_tcb *floor);

/* "bootloader 10, tee 0, snp 23, microcode 25" */
void snp_tcb_text(enum snp_product p, const struct snp_tcb *t, char ret[static SNP_TCB_TEXT_BYTES]);

/* The four of a report. */
struct snp_tcbs {
	struct snp_tcb current, reported, committed, launch;
};
int snp_tcbs_parse(enum snp_product p, const struct snp_report *r, struct snp_tcbs *ret,
		   struct err *e);
