/* A root secret in a TPM: who gets it, who does not, and what stands in its place. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/tpm/pcr.h"
#include "attest/tpm/sealed.h"
#include "base/clock.h"
#include "base/fd.h"
#include "tests/unit/attest/fake_tpm.h"

#define SOON deadline_in(20000)

static const uint8_t digest[TPM_SHA256_BYTES] = "what goes into a PCR";

Test(tpm_sealed, survives_a_restart_and_opens_for_the_same_pcrs_alone, .timeout = 60)
{
	AUTO_SECRET struct secret first = SECRET_EMPTY, second = SECRET_EMPTY, third = SECRET_EMPTY;
	int line = swtpm_start();
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	cr_assert_eq(tpm_pcr_extend(&t, 8, SOON, digest, &e), 0, "%s", e.text);
	cr_assert_eq(tpm_sealed_root(&t, SOON, &first, &e), 0, "%s", e.text);
	cr_assert_eq(first.len, TPM_SEALED_BYTES);
	tpm_done(&t);
	swtpm_stop(&line);

	line = swtpm_start();
	tpm_init(&t, line);
	cr_assert_eq(tpm_pcr_extend(&t, 8, SOON, digest, &e), 0, "%s", e.text);
	cr_assert_eq(tpm_pcr_extend(&t, 15, SOON, digest, &e), 0, "the log's own is not in it");
	cr_assert_eq(tpm_sealed_root(&t, SOON, &second, &e), 0, "%s", e.text);
	cr_expect(span_is_equal(secret_view(&first), secret_view(&second)));

	cr_assert_eq(tpm_pcr_extend(&t, 9, SOON, digest, &e), 0);
	for (int i = 0; i < 2; i++) {
		cr_expect_eq(tpm_sealed_root(&t, SOON, &third, &e), -FAIL_DENIED, "%s", e.text);
		cr_expect(strstr(e.text, "image, configuration or firmware changed"), "%s", e.text);
		cr_expect_null(third.at);
	}
	tpm_done(&t);
	fd_done(&line);
}

/* With a context of its own, as another program has. */
static void evict(int line, TPM2_HANDLE handle)
{
	ESYS_TR object, gone;
	struct tpm t;

	tpm_init(&t, line);
	cr_assert_eq(tpm_begin(&t, SOON, NULL), 0);
	cr_assert_eq(Esys_TR_FromTPMPublic(t.esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					   &object),
		     0);
	cr_assert_eq(Esys_EvictControl(t.esys, ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD,
				       ESYS_TR_NONE, ESYS_TR_NONE, 0, &gone),
		     0);
	tpm_end(&t);
	tpm_done(&t);
}

Test(tpm_sealed, each_one_is_made_at_random, .timeout = 60)
{
	AUTO_SECRET struct secret first = SECRET_EMPTY, second = SECRET_EMPTY;
	static const uint8_t zero[TPM_SEALED_BYTES] = { 0 };
	AUTO_FD int line = swtpm_start();
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	cr_assert_eq(tpm_sealed_root(&t, SOON, &first, &e), 0, "%s", e.text);
	cr_expect_arr_neq(first.at, zero, sizeof(zero));
	evict(line, TPM_SEALED_HANDLE);
	cr_assert_eq(tpm_sealed_root(&t, SOON, &second, &e), 0, "%s", e.text);
	cr_expect_not(span_is_equal(secret_view(&first), secret_view(&second)));
	tpm_done(&t);
}

/* Everything that goes over the line is searched for it, once it is known: neither when it is
 * unsealed, nor when another one is made does a root go by in clear. */
Test(tpm_sealed, whoever_listens_does_not_hear_it, .timeout = 60)
{
	AUTO_SECRET struct secret first = SECRET_EMPTY, again = SECRET_EMPTY;
	int real = swtpm_start();
	struct fake_tpm f = { .real = real };
	AUTO_FD int line = fake_tpm_line(&f);
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	cr_assert_eq(tpm_sealed_root(&t, SOON, &first, &e), 0, "%s", e.text);
	f.secret = first.at;
	cr_assert_eq(tpm_sealed_root(&t, SOON, &again, &e), 0, "%s", e.text);
	cr_expect(span_is_equal(secret_view(&first), secret_view(&again)));
	cr_expect_not(atomic_load(&f.is_told));
	f.secret = NULL;
	tpm_done(&t);
}

static void flip_unsealed(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	(void)f;
	(void)len;
	if (command == TPM2_CC_Unseal)
		answer[20] ^= 1;
}

/* What kind of object it is comes twice: libtss2 asks for its own, and then we do. */
static void flip_public(struct fake_tpm *f, uint32_t command, uint8_t *answer, size_t *len)
{
	(void)len;
	if (command == TPM2_CC_ReadPublic && f->times++ == 1)
		answer[20] ^= 1;
}

Test(tpm_sealed, whoever_stands_between_does_not_change_it, .timeout = 60)
{
	void (*const ways[])(struct fake_tpm *, uint32_t, uint8_t *, size_t *) = { flip_unsealed,
										   flip_public };

	for (size_t i = 0; i < 2; i++) {
		AUTO_SECRET struct secret root = SECRET_EMPTY;
		struct fake_tpm f = { .real = swtpm_start(), .tamper = ways[i] };
		AUTO_FD int line = fake_tpm_line(&f);
		struct err e = { 0 };
		struct tpm t;

		tpm_init(&t, line);
		cr_expect_eq(tpm_sealed_root(&t, SOON, &root, &e), -FAIL_FORGED, "%zu: %s", i,
			     e.text);
		cr_expect_null(root.at);
		tpm_done(&t);
		swtpm_stop(&f.real);
	}
}

/* --- Something else in its place -------------------------------------------------------------- */

enum foreign { FOREIGN_KEY, FOREIGN_ATTRIBUTES, FOREIGN_POLICY, FOREIGN_LENGTH };

static TPM2B_PUBLIC foreign_template(enum foreign what)
{
	TPM2B_PUBLIC p = { .publicArea = {
				   .type = TPM2_ALG_KEYEDHASH,
				   .nameAlg = TPM2_ALG_SHA256,
				   .objectAttributes =
					   TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
					   TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_NODA,
				   .authPolicy.size = 32,
				   .parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
			   } };

	if (what == FOREIGN_KEY) {
		p.publicArea.objectAttributes |= TPMA_OBJECT_SIGN_ENCRYPT;
		p.publicArea.parameters.keyedHashDetail.scheme =
			(TPMT_KEYEDHASH_SCHEME){ .scheme = TPM2_ALG_HMAC,
						 .details.hmac.hashAlg = TPM2_ALG_SHA256 };
	}
	if (what == FOREIGN_ATTRIBUTES)
		p.publicArea.objectAttributes |= TPMA_OBJECT_USERWITHAUTH;
	if (what == FOREIGN_POLICY)
		p.publicArea.authPolicy.size = 0;
	return p;
}

/* A primary of the owner's hierarchy, which may be sealed data as well. */
static void put_foreign(struct tpm *t, enum foreign what)
{
	static const TPM2B_DATA no_data = { 0 };
	static const TPML_PCR_SELECTION no_pcrs = { 0 };
	TPM2B_SENSITIVE_CREATE in = { .sensitive.data = { .size = 32, .buffer = "theirs" } };
	TPM2B_PUBLIC template = foreign_template(what);
	ESYS_TR object, kept;

	if (what == FOREIGN_LENGTH)
		in.sensitive.data.size = 33;
	cr_assert_eq(tpm_begin(t, SOON, NULL), 0);
	cr_assert_eq(Esys_CreatePrimary(t->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
					ESYS_TR_NONE, &in, &template, &no_data, &no_pcrs, &object,
					NULL, NULL, NULL, NULL),
		     0);
	cr_assert_eq(Esys_EvictControl(t->esys, ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD,
				       ESYS_TR_NONE, ESYS_TR_NONE, TPM_SEALED_HANDLE, &kept),
		     0);
	cr_assert_eq(Esys_FlushContext(t->esys, object), 0);
	tpm_end(t);
}

struct foreign_row {
	enum foreign what;
	char says[24];
};

ParameterizedTestParameters(tpm_sealed, what_is_not_ours_is_refused)
{
	static struct foreign_row rows[] = {
		{ FOREIGN_KEY, "not sealed data" },
		{ FOREIGN_ATTRIBUTES, "other attributes" },
		{ FOREIGN_POLICY, "no policy" },
	};
	return cr_make_param_array(struct foreign_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct foreign_row *row, tpm_sealed, what_is_not_ours_is_refused, .timeout = 60)
{
	AUTO_SECRET struct secret root = SECRET_EMPTY;
	AUTO_FD int line = swtpm_start();
	struct err e = { 0 };
	struct tpm t;

	tpm_init(&t, line);
	put_foreign(&t, row->what);
	for (int i = 0; i < 2; i++) {
		cr_expect_eq(tpm_sealed_root(&t, SOON, &root, &e), -FAIL_DENIED, "%s", e.text);
		cr_expect(strstr(e.text, row->says), "%s", e.text);
	}
	cr_expect_null(root.at);
	tpm_done(&t);
}
