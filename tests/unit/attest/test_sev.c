/* SEV and SEV-ES: the launch secret, what is made of it, and what such a guest can't say. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attest/evidence/probe.h"
#include "attest/evidence/sev.h"
#include "attest/key/derive.h"
#include "attest/key/root.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/roles.h"
#include "tests/support/fault.h"

#define SECRET "what the owner of this guest injected at launch"

static struct evidence_devices with(const char *bytes, size_t len)
{
	struct evidence_devices dev = EVIDENCE_NO_DEVICES;

	dev.launch_secret = memfd_create("secret", MFD_CLOEXEC);
	cr_assert_geq(dev.launch_secret, 0);
	cr_assert_eq(ftruncate(dev.launch_secret, (off_t)len), 0);
	cr_assert_eq(pwrite(dev.launch_secret, bytes, strlen(bytes), 0), (ssize_t)strlen(bytes));
	return dev;
}

static struct evidence_devices with_secret(void)
{
	return with(SECRET, sizeof(SECRET) - 1);
}

/* --- the secret --- */

Test(sev, reads_the_secret_as_often_as_it_is_asked_to)
{
	struct evidence_devices dev = with_secret();
	struct err e = { 0 };

	for (int i = 0; i < 2; i++) {
		AUTO_SECRET struct secret got = SECRET_EMPTY;

		cr_assert_eq(sev_launch_secret(&dev, &got, &e), 0, "%s", e.text);
		cr_expect(span_is_equal(secret_view(&got), span_text(SECRET)));
	}
	fd_done(&dev.launch_secret);
}

struct length {
	size_t len;
	int want;
};

ParameterizedTestParameters(sev, knows_how_long_a_secret_is)
{
	static struct length rows[] = {
		{ 0, -FAIL_INPUT },
		{ ROOT_SECRET_MIN_BYTES - 1, -FAIL_INPUT },
		{ ROOT_SECRET_MIN_BYTES, 0 },
		{ SECRET_AREA_BYTES - 1, 0 },
		{ SECRET_AREA_BYTES, -FAIL_INPUT },
	};
	return cr_make_param_array(struct length, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct length *row, sev, knows_how_long_a_secret_is)
{
	struct evidence_devices dev = with("", row->len);
	AUTO_SECRET struct secret got = SECRET_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(sev_launch_secret(&dev, &got, &e), row->want, "%zu: %s", row->len, e.text);
	cr_expect_eq(got.len, row->want ? 0 : row->len);
	fd_done(&dev.launch_secret);
}

Test(sev, says_where_a_secret_belongs)
{
	struct evidence_devices dev = EVIDENCE_NO_DEVICES;
	AUTO_SECRET struct secret got = SECRET_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(sev_launch_secret(&dev, &got, &e), -FAIL_DENIED);
	cr_expect(strstr(e.text, "inject 32 random bytes or more under " LAUNCH_SECRET_GUID), "%s",
		  e.text);
	cr_expect(strstr(e.text, "in the kernel"), "whole: %s", e.text);
	cr_expect_null(got.at);
}

Test(sev, refuses_what_can_not_be_mapped)
{
	struct evidence_devices dev = EVIDENCE_NO_DEVICES;
	AUTO_SECRET struct secret got = SECRET_EMPTY;
	struct err e = { 0 };

	dev.launch_secret = 1000; /* no descriptor */
	cr_expect_eq(sev_launch_secret(&dev, &got, &e), -FAIL_SYS);
	dev = with_secret();
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_SECRET struct secret s = SECRET_EMPTY;
		int failed = sev_launch_secret(&dev, &s, &e);

		fault_disarm_keep();
		cr_expect(failed ? failed == -FAIL_SYS && !s.at : s.len == sizeof(SECRET) - 1);
	}
	fd_done(&dev.launch_secret);
}

/* --- the root --- */

static int make_root(const struct evidence_devices *dev, struct secret *ret, struct err *e)
{
	static const struct config config = { .tee = TEE_SEV, .root = ROOT_EFI };
	struct root_ground ground = { .config = &config, .dev = dev };

	return root_make(&ground, deadline_in(100), ret, e);
}

Test(sev, makes_the_root_of_the_secret_alone)
{
	struct evidence_devices dev = with_secret(), others = with("another one", 64);
	AUTO_SECRET struct secret root = SECRET_EMPTY, want = SECRET_EMPTY, other = SECRET_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(make_root(&dev, &root, &e), 0, "%s", e.text);
	cr_assert_eq(derive_root(span_text(SECRET), "efi:secret", SPAN_EMPTY, &want, &e), 0);
	cr_expect(span_is_equal(secret_view(&root), secret_view(&want)));
	cr_assert_eq(make_root(&others, &other, &e), 0, "%s", e.text);
	cr_expect_not(span_is_equal(secret_view(&root), secret_view(&other)));
	cr_expect_str_eq(root_name(ROOT_EFI), "the launch secret");
	fd_done(&dev.launch_secret);
	fd_done(&others.launch_secret);
}

Test(sev, makes_no_root_of_nothing_and_of_zeroes)
{
	struct evidence_devices none = EVIDENCE_NO_DEVICES, zeroes = with("", 48);
	AUTO_SECRET struct secret root = SECRET_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(make_root(&none, &root, &e), -FAIL_DENIED);
	cr_expect_eq(make_root(&zeroes, &root, &e), -FAIL_INPUT);
	cr_expect(strstr(e.text, "one byte repeated"), "%s", e.text);
	cr_expect_null(root.at);
	fd_done(&zeroes.launch_secret);
}

/* --- the driver --- */

Test(sev, has_no_register_and_binds_to_the_image)
{
	struct evidence ev = { .dev = with_secret() };
	struct evidence_platform p;
	struct err e = { 0 };

	cr_assert_eq(evidence_platform(&ev, deadline_in(0), &p, &e), 0, "before it is chosen");
	cr_expect(p.is_image_only);
	cr_expect_not(p.has_init_data);
	cr_expect(p.debug, "a guest can't see its policy");
	ev.driver = &evidence_sev;
	cr_assert_eq(evidence_platform(&ev, deadline_in(0), &p, &e), 0);
	cr_expect(p.is_image_only);
	fd_done(&ev.dev.launch_secret);
}

Test(sev, gives_no_evidence_and_says_so)
{
	struct evidence ev = { .driver = &evidence_sev, .dev = EVIDENCE_NO_DEVICES };
	cJSON *json = NULL;
	struct err e = { 0 };

	cr_expect_eq(evidence_report(&ev, span_text("digest"), deadline_in(100), &json, &e),
		     -FAIL_DENIED);
	cr_expect(strstr(e.text, "give their guest no evidence"), "%s", e.text);
	cr_expect_null(json);
}

/* The device of another TEE is found as ever, whatever lies in the area. */
Test(sev, is_never_found)
{
	struct evidence_devices dev = with_secret();
	struct evidence ev;
	struct err e = { 0 };

	cr_assert_eq(evidence_probe(&dev, &ev, &e), 0, "%s", e.text);
	cr_expect_null(ev.driver);
	dev.sev_guest = 9;
	cr_assert_eq(evidence_probe(&dev, &ev, &e), 0, "%s", e.text);
	cr_expect_eq(ev.driver, &evidence_snp);
	fd_done(&dev.launch_secret);
}

struct choice {
	int found; /* 0 nothing, 1 snp, 2 tdx */
	int has_secret;
	int want; /* enum config_tee */
	int got;
	char says[48];
};

ParameterizedTestParameters(sev, is_chosen_by_name_alone)
{
	static struct choice rows[] = {
		{ 0, 1, TEE_SEV, 0, "" },
		{ 0, 0, TEE_SEV, -FAIL_DENIED, "no launch secret: inject" },
		{ 1, 1, TEE_SEV, -FAIL_INPUT, "tee is \"sev\", but this is snp" },
		{ 2, 1, TEE_SEV, -FAIL_INPUT, "tee is \"sev\", but this is tdx" },
		{ 1, 0, TEE_SEV, -FAIL_INPUT, "tee is \"sev\", but this is snp" },
		{ 0, 1, TEE_AUTO, -FAIL_INPUT, "never by \"auto\"" },
		{ 0, 1, TEE_SNP, -FAIL_INPUT, "a launch secret, and no TEE with reports" },
		{ 0, 1, TEE_TDX, -FAIL_INPUT, "a launch secret, and no TEE with reports" },
		{ 0, 1, TEE_SAMPLE, -FAIL_INPUT, "but a launch secret is here" },
		{ 1, 1, TEE_AUTO, 0, "" },
		{ 1, 1, TEE_SNP, 0, "" },
		{ 2, 1, TEE_TDX, 0, "" },
	};
	return cr_make_param_array(struct choice, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct choice *row, sev, is_chosen_by_name_alone)
{
	struct evidence ev = { .dev = row->has_secret ? with_secret() : EVIDENCE_NO_DEVICES };
	const struct evidence_driver *found = row->found == 1	? &evidence_snp
					      : row->found == 2 ? &evidence_tdx
								: NULL;
	struct err e = { 0 };

	ev.driver = found;
	cr_expect_eq(evidence_choose(&ev, (enum config_tee)row->want, &e), row->got, "%s", e.text);
	cr_expect(strstr(e.text, row->says), "%s", e.text);
	if (row->got)
		cr_expect_eq(ev.driver, found, "untouched");
	else
		cr_expect_eq(ev.driver, found ? found : &evidence_sev);
	fd_done(&ev.dev.launch_secret);
}
