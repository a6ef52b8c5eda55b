/* Counters in a TPM: up, and never down. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/tpm/counter.h"
#include "base/clock.h"
#include "base/fd.h"
#include "tests/unit/attest/fake_tpm.h"

#define SOON deadline_in(20000)

static uint64_t counter(struct tpm *t, const char *name, bool raise)
{
	uint8_t id[TPM_SHA256_BYTES];
	uint64_t value = 0;
	struct err e = { 0 };
	int got = raise ? tpm_counter_raise(t, name, SOON, &value, &e)
			: tpm_counter_read(t, name, SOON, &value, id, &e);

	cr_assert_eq(got, 0, "%s", e.text);
	return value;
}

Test(tpm_counter, only_goes_up, .timeout = 60)
{
	int line = swtpm_start();
	uint64_t first;
	struct tpm t;

	tpm_init(&t, line);
	first = counter(&t, "data", false);
	cr_expect_gt(first, 0);
	cr_expect_eq(counter(&t, "data", false), first, "reading does not raise it");
	cr_expect_eq(counter(&t, "data", true), first + 1);
	(void)counter(&t, "other", true);
	cr_expect_eq(counter(&t, "data", false), first + 1, "each name has its own");
	tpm_done(&t);
	swtpm_stop(&line);

	line = swtpm_start();
	tpm_init(&t, line);
	cr_expect_eq(counter(&t, "data", false), first + 1, "it outlives a restart");
	cr_expect_eq(counter(&t, "data", true), first + 2);
	tpm_done(&t);
	fd_done(&line);
}

/* SHA-256("sealinit/v1/anchor" || 00 || "data") begins with these. */
#define DATA_INDEX 0x01817506

static void undefine(struct tpm *t, TPM2_HANDLE number)
{
	ESYS_TR index;

	cr_assert_eq(tpm_begin(t, SOON, NULL), 0);
	cr_assert_eq(Esys_TR_FromTPMPublic(t->esys, number, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, &index),
		     0);
	cr_assert_eq(Esys_NV_UndefineSpace(t->esys, ESYS_TR_RH_OWNER, index, ESYS_TR_PASSWORD,
					   ESYS_TR_NONE, ESYS_TR_NONE),
		     0);
	tpm_end(t);
}

Test(tpm_counter, is_not_lowered_by_deleting_it, .timeout = 60)
{
	AUTO_FD int line = swtpm_start();
	uint64_t before;
	struct tpm t;

	tpm_init(&t, line);
	for (int i = 0; i < 5; i++)
		before = counter(&t, "data", true);
	undefine(&t, DATA_INDEX);
	cr_expect_gt(counter(&t, "data", false), before);
	tpm_done(&t);
}

struct index_row {
	TPMA_NV attributes;
	uint16_t size;
	int want;
};

ParameterizedTestParameters(tpm_counter, another_s_index_is_refused)
{
#define COUNTER (TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT)
#define OURS	(TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE | TPMA_NV_NO_DA)
	static struct index_row rows[] = {
		{ COUNTER | OURS, 8, 0 }, /* of one that was cut before its first value */
		{ OURS, 8, -FAIL_DENIED },
		{ OURS, 32, -FAIL_DENIED },
		{ COUNTER | (OURS & ~TPMA_NV_NO_DA), 8, -FAIL_DENIED },
		{ COUNTER | OURS | TPMA_NV_OWNERWRITE, 8, -FAIL_DENIED },
	};
	return cr_make_param_array(struct index_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct index_row *row, tpm_counter, another_s_index_is_refused, .timeout = 60)
{
	static const TPM2B_AUTH no_password = { 0 };
	const TPM2B_NV_PUBLIC public = { .nvPublic = { .nvIndex = DATA_INDEX,
						       .nameAlg = TPM2_ALG_SHA256,
						       .attributes = row->attributes,
						       .dataSize = row->size } };
	AUTO_FD int line = swtpm_start();
	struct err e = { 0 };
	uint64_t value;
	ESYS_TR index;
	struct tpm t;

	tpm_init(&t, line);
	cr_assert_eq(tpm_begin(&t, SOON, &e), 0, "%s", e.text);
	cr_assert_eq(Esys_NV_DefineSpace(t.esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
					 ESYS_TR_NONE, &no_password, &public, &index),
		     0);
	tpm_end(&t);
	cr_expect_eq(
		tpm_counter_read(&t, "data", SOON, &value, (uint8_t[TPM_SHA256_BYTES]){ 0 }, &e),
		row->want, "%s", e.text);
	cr_expect_eq(tpm_counter_raise(&t, "data", SOON, &value, &e), row->want, "%s", e.text);
	tpm_done(&t);
}

static void flip_read(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	(void)f;
	(void)len;
	if (command == TPM2_CC_NV_Read)
		answer[23] ^= 1;
}

static void older_public(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	(void)f;
	(void)len;
	/* TPMS_NV_PUBLIC behind header and size: index 4, algorithm 2, attributes */
	if (command == TPM2_CC_NV_ReadPublic)
		answer[18] ^= 0x20; /* WRITTEN */
}

Test(tpm_counter, whoever_stands_between_does_not_change_it, .timeout = 60)
{
	void (*const ways[])(struct fake_tpm *, uint32_t, uint8_t *, size_t *) = { flip_read,
										   older_public };
	uint64_t value = 77;

	for (size_t i = 0; i < 2; i++) {
		struct fake_tpm f = { .real = swtpm_start() };
		AUTO_FD int line = fake_tpm_line(&f);
		struct err e = { 0 };
		struct tpm t;

		tpm_init(&t, line);
		(void)counter(&t, "data", false);
		f.tamper = ways[i];
		cr_expect_eq(tpm_counter_read(&t, "data", SOON, &value,
					      (uint8_t[TPM_SHA256_BYTES]){ 0 }, &e),
			     -FAIL_FORGED, "%zu: %s", i, e.text);
		cr_expect_eq(value, 77);
		tpm_done(&t);
		swtpm_stop(&f.real);
	}
}

static void read_id(uint8_t ret[static TPM_SHA256_BYTES], bool is_cleared)
{
	AUTO_FD int line = swtpm_start();
	struct err e = { 0 };
	uint64_t value;
	struct tpm t;

	tpm_init(&t, line);
	if (is_cleared) {
		cr_assert_eq(tpm_begin(&t, SOON, &e), 0, "%s", e.text);
		cr_assert_eq(Esys_Clear(t.esys, ESYS_TR_RH_LOCKOUT, ESYS_TR_PASSWORD, ESYS_TR_NONE,
					ESYS_TR_NONE),
			     0);
		tpm_end(&t);
	}
	cr_assert_eq(tpm_counter_read(&t, "data", SOON, &value, ret, &e), 0, "%s", e.text);
	tpm_done(&t);
	swtpm_stop(&line);
}

/* Two fresh ones are at the same number. */
Test(tpm_counter, is_of_one_tpm_and_of_no_other, .timeout = 60)
{
	uint8_t first[TPM_SHA256_BYTES], again[TPM_SHA256_BYTES], other[TPM_SHA256_BYTES];

	read_id(first, false);
	read_id(again, false);
	cr_expect_arr_eq(first, again, sizeof(first), "it outlives a restart");
	read_id(other, true);
	cr_expect_neq(memcmp(first, other, sizeof(first)), 0, "cleared, it is another");
}
