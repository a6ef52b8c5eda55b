/* Where the configuration comes from, and what is believed of it. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "attest/config/source.h"
#include "base/digest.h"
#include "base/fd.h"
#include "tests/support/fault.h"
#include "tests/support/scratch.h"

#define JSON "{\"version\":1,\"on_failure\":\"degraded\"}"
#define ENVELOPE(alg, json) \
	"version = '0.1.0'\nalgorithm = '" alg "'\n[data]\n'sealinit.json' = '''" json "'''\n"

static const struct evidence_platform no_register = { .name = "none (sample)", .debug = true };

static struct evidence_platform measured(const char *toml, enum digest_alg alg)
{
	struct evidence_platform p = { .has_init_data = true, .name = "HOST_DATA", .len = 32 };
	struct digest d;

	cr_assert_eq(digest_of(alg, span_text(toml), &d, NULL), 0);
	memcpy(p.at, d.at, 32);
	return p;
}

static int disk(const char *toml)
{
	int fd = memfd_create("disk", MFD_CLOEXEC);
	uint8_t image[4096] = "initdata";
	z_stream z = { .next_in = (Bytef *)(uintptr_t)toml,
		       .avail_in = (uInt)strlen(toml),
		       .next_out = image + 16,
		       .avail_out = sizeof(image) - 16 };

	cr_assert_eq(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	image[8] = (uint8_t)z.total_out;
	image[9] = (uint8_t)(z.total_out >> 8);
	deflateEnd(&z);
	cr_assert_eq(fd_write_all(fd, span(image, sizeof(image)), NULL), 0);
	return fd;
}

static const char *image_file(const char *text)
{
	static char path[300];
	AUTO_FD int dir = scratch_dir();
	AUTO_FD int fd = fd_open_in(dir, "sealinit.json", O_WRONLY | O_CREAT | O_TRUNC, 0600, NULL);

	cr_assert_geq(fd, 0);
	cr_assert_eq(fd_write_all(fd, span_text(text), NULL), 0);
	(void)snprintf(path, sizeof(path), "%s/sealinit.json", scratch_path());
	return path;
}

Test(config_source, believes_initdata_that_was_measured)
{
	const char *toml = ENVELOPE("sha256", JSON);
	struct evidence_platform p = measured(toml, DIGEST_SHA256);
	AUTO_FD int fd = disk(toml);
	struct config_source source = { fd, -1, "/none" };
	AUTO_LOADED struct loaded l = LOADED_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(config_load(&source, &p, NULL, &l, &e), 0, "%s", e.text);
	cr_expect_eq(l.trust.config_measured, 1);
	cr_expect_eq(l.trust.debug, 0);
	cr_expect_str_eq(l.trust.config_source, "initdata");
	cr_expect_str_eq(l.trust.config_register, "HOST_DATA");
	cr_expect_eq(strncmp(l.trust.config_digest, "sha256:", 7), 0);
	cr_expect_eq(l.config.init.degraded, 1);
	cr_expect(l.is_envelope);
	cr_expect(span_is_equal(buf_view(&l.document), span_text(toml)));
}

Test(config_source, refuses_initdata_that_was_not_measured)
{
	struct evidence_platform p = measured("another text", DIGEST_SHA256);
	AUTO_FD int fd = disk(ENVELOPE("sha256", JSON));
	struct config_source source = { fd, -1, "/none" };
	struct loaded l = LOADED_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(config_load(&source, &p, NULL, &l, &e), -FAIL_FORGED);
	cr_assert_null(l.document.at);
}

Test(config_source, compares_before_it_parses)
{
	struct evidence_platform p = measured("another text", DIGEST_SHA256);
	AUTO_FD int fd = disk("\x01 this is no TOML");
	struct config_source source = { fd, -1, "/none" };
	struct loaded l = LOADED_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(config_load(&source, &p, NULL, &l, &e), -FAIL_FORGED, "%s", e.text);
}

Test(config_source, the_envelope_must_name_the_algorithm_that_was_used)
{
	const char *toml = ENVELOPE("sha384", JSON);
	struct evidence_platform p = measured(toml, DIGEST_SHA256);
	AUTO_FD int fd = disk(toml);
	struct config_source source = { fd, -1, "/none" };
	struct loaded l = LOADED_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(config_load(&source, &p, NULL, &l, &e), -FAIL_INPUT);
	cr_assert(strstr(e.text, "names sha384"), "%s", e.text);
}

Test(config_source, says_so_when_no_register_vouches_for_it)
{
	AUTO_FD int fd = disk(ENVELOPE("sha512", JSON));
	struct config_source source = { fd, -1, "/none" };
	AUTO_LOADED struct loaded l = LOADED_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(config_load(&source, &no_register, NULL, &l, &e), 0, "%s", e.text);
	cr_expect_eq(l.trust.config_measured, 0);
	cr_expect_eq(l.trust.debug, 1);
	cr_expect_str_eq(l.trust.config_register, "none (sample)");
	cr_expect_eq(strncmp(l.trust.config_digest, "sha512:", 7), 0);
}

Test(config_source, reads_the_file_of_the_image)
{
	struct config_source source = { -1, -1, image_file(" " JSON "\n") };
	struct evidence_platform zero = { .has_init_data = true, .name = "HOST_DATA", .len = 32 };
	AUTO_LOADED struct loaded l = LOADED_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(config_load(&source, &zero, NULL, &l, &e), 0, "%s", e.text);
	cr_expect_eq(l.trust.config_measured, 0);
	cr_expect_str_eq(l.trust.config_source, "image");
	cr_expect_str_eq(l.trust.config_register, "image");
	cr_expect_not(l.is_envelope);
}

Test(config_source, the_image_does_not_stand_in_for_initdata_that_is_withheld)
{
	struct config_source source = { -1, -1, image_file(JSON) };
	struct evidence_platform p = measured("what the owner wanted", DIGEST_SHA256);
	struct loaded l = LOADED_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(config_load(&source, &p, NULL, &l, &e), -FAIL_FORGED);
	cr_assert(strstr(e.text, "withholds"), "%s", e.text);
}

/* What is on it may be well-formed, the image's own words, or nothing at all: it is not read. */
Test(config_source, refuses_a_disk_that_nothing_measures_beside_a_launch_secret)
{
	const struct evidence_platform p = { .name = "none (launch secret)",
					     .debug = true,
					     .is_image_only = true };
	int disks[] = { disk(ENVELOPE("sha256", JSON)), disk("\x01 this is no TOML"),
			memfd_create("empty", MFD_CLOEXEC) };

	for (size_t i = 0; i < sizeof(disks) / sizeof(*disks); i++) {
		struct config_source source = { disks[i], -1, image_file(JSON) };
		struct loaded l = LOADED_EMPTY;
		struct err e = { 0 };

		cr_assert_eq(lseek(disks[i], 0, SEEK_SET), 0);
		cr_expect_eq(config_load(&source, &p, NULL, &l, &e), -FAIL_FORGED, "%s", e.text);
		cr_expect(strstr(e.text, "which nothing here measures"), "%s", e.text);
		cr_expect(strstr(e.text, "must be the image's"), "whole: %s", e.text);
		cr_expect_null(l.document.at);
		cr_expect_eq(lseek(disks[i], 0, SEEK_CUR), 0, "not a byte was read");
		fd_done(&disks[i]);
	}
}

Test(config_source, takes_the_image_beside_a_launch_secret)
{
	const struct evidence_platform p = { .debug = true, .is_image_only = true };
	AUTO_FD int kept = fd_seal_bytes("d", span_text(JSON), NULL);
	struct config_source sources[] = { { -1, -1, image_file(JSON) }, { -1, kept, "/none" } };

	for (size_t i = 0; i < 2; i++) {
		AUTO_LOADED struct loaded l = LOADED_EMPTY;
		struct err e = { 0 };

		cr_assert_eq(config_load(&sources[i], &p, NULL, &l, &e), 0, "%s", e.text);
		cr_expect_str_eq(l.trust.config_source, "image");
		cr_expect_eq(l.trust.config_measured, 0);
	}
}

Test(config_source, says_what_to_do_when_there_is_none)
{
	struct config_source source = { -1, -1, "/nowhere/sealinit.json" };
	struct loaded l = LOADED_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(config_load(&source, &no_register, NULL, &l, &e), -FAIL_INPUT);
	cr_assert_eq(strncmp(e.text, "no configuration: ", 18), 0, "%s", e.text);
	cr_assert(strstr(e.text, "give the pod initdata"), "%s", e.text);
}

Test(config_source, takes_a_document_that_was_kept_as_what_it_was)
{
	const char *toml = ENVELOPE("sha256", JSON);
	struct evidence_platform p = measured(toml, DIGEST_SHA256);
	AUTO_FD int envelope = fd_seal_bytes("d", span_text(toml), NULL);
	AUTO_FD int image = fd_seal_bytes("d", span_text("\n " JSON), NULL);
	struct config_source sources[] = { { -1, envelope, "/none" }, { -1, image, "/none" } };
	AUTO_LOADED struct loaded l = LOADED_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(config_load(&sources[0], &p, NULL, &l, &e), 0, "%s", e.text);
	cr_expect_str_eq(l.trust.config_source, "initdata");
	cr_expect_eq(l.trust.config_measured, 1);
	cr_assert_eq(config_load(&sources[1], &no_register, NULL, &l, &e), 0, "%s", e.text);
	cr_expect_str_eq(l.trust.config_source, "image");
	cr_assert_eq(config_load(&sources[1], &p, NULL, &l, &e), -FAIL_FORGED, "compared again");
}

Test(config_source, refuses_a_document_that_could_still_change)
{
	AUTO_FD int fd = memfd_create("d", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct config_source source = { -1, fd, "/none" };
	struct loaded l = LOADED_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(fd_write_all(fd, span_text(JSON), NULL), 0);
	cr_assert_eq(config_load(&source, &no_register, NULL, &l, &e), -FAIL_INPUT);
}

/* --- PCR 8 ------------------------------------------------------------------------------------ */

struct fake_pcr {
	uint8_t at[MEASURED_PCR_BYTES];
	int extended;
	int read_fails, extend_fails; /* kinds; 0: they don't */
	bool is_stuck;		      /* it says that it extends, and doesn't */
};

static int fake_read(void *ctx, uint8_t ret[static MEASURED_PCR_BYTES], struct err *e)
{
	struct fake_pcr *f = ctx;

	if (f->read_fails)
		return FAIL(e, (enum err_kind)f->read_fails, "no reading");
	memcpy(ret, f->at, sizeof(f->at));
	return 0;
}

static void fake_put(struct fake_pcr *f, const uint8_t *digest)
{
	uint8_t both[2 * MEASURED_PCR_BYTES];
	struct digest d;

	memcpy(both, f->at, sizeof(f->at));
	memcpy(both + sizeof(f->at), digest, MEASURED_PCR_BYTES);
	cr_assert_eq(digest_of(DIGEST_SHA256, span(both, sizeof(both)), &d, NULL), 0);
	memcpy(f->at, d.at, sizeof(f->at));
}

static int fake_extend(void *ctx, const uint8_t digest[static MEASURED_PCR_BYTES], struct err *e)
{
	struct fake_pcr *f = ctx;

	if (f->extend_fails)
		return FAIL(e, (enum err_kind)f->extend_fails, "no extending");
	f->extended++;
	if (!f->is_stuck)
		fake_put(f, digest);
	return 0;
}

#define TPM_JSON "{\"version\":1,\"tee\":\"tpm\"}"

static int load_with(struct fake_pcr *f, const struct evidence_platform *p, const char *toml,
		     struct loaded *ret, struct err *e)
{
	const struct measured_pcr pcr = { fake_read, fake_extend, f };
	AUTO_FD int fd = disk(toml);
	struct config_source source = { fd, -1, "/none" };

	return config_load(&source, p, &pcr, ret, e);
}

Test(config_source, extends_pcr_8_once_however_often_it_is_asked)
{
	const char *toml = ENVELOPE("sha256", TPM_JSON);
	struct fake_pcr f = { .extended = 0 }, expected = { .extended = 0 };
	struct digest document;

	cr_assert_eq(digest_of(DIGEST_SHA256, span_text(toml), &document, NULL), 0);
	fake_put(&expected, document.at);
	for (int i = 0; i < 3; i++) {
		AUTO_LOADED struct loaded l = LOADED_EMPTY;
		struct err e = { 0 };

		cr_assert_eq(load_with(&f, &no_register, toml, &l, &e), 0, "%s", e.text);
		cr_expect_eq(f.extended, 1);
		cr_expect_arr_eq(f.at, expected.at, sizeof(f.at));
		cr_expect_eq(l.trust.config_measured, 1);
		cr_expect_str_eq(l.trust.config_register, "PCR 8");
		cr_expect_eq(l.trust.debug, 1);
		cr_expect(l.is_pcr_ours);
	}
}

Test(config_source, pcr_8_is_extended_before_anything_is_parsed)
{
	struct fake_pcr f = { .extended = 0 };
	struct loaded l = LOADED_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(load_with(&f, &no_register, "\x01 this is no TOML", &l, &e), -FAIL_INPUT);
	cr_expect_eq(f.extended, 1);
}

Test(config_source, pcr_8_vouches_for_nothing_unless_a_tpm_is_the_tee)
{
	struct fake_pcr f = { .extended = 0 };
	AUTO_LOADED struct loaded l = LOADED_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(load_with(&f, &no_register, ENVELOPE("sha256", JSON), &l, &e), 0, "%s",
		     e.text);
	cr_expect_eq(f.extended, 1);
	cr_expect_eq(l.trust.config_measured, 0);
	cr_expect_str_eq(l.trust.config_register, "none (sample)");
}

struct pcr_row {
	char name[40];
	struct fake_pcr pcr;
	int want; /* where it is the only register; beside another one it is a warning */
};

ParameterizedTestParameters(config_source, a_pcr_8_that_is_not_ours)
{
	static struct pcr_row rows[] = {
		{ "somebody else's", { .at = { 1 } }, -FAIL_FORGED },
		{ "one that does not move", { .is_stuck = true }, -FAIL_FORGED },
		{ "one that can't be read", { .read_fails = FAIL_SYS }, -FAIL_SYS },
		{ "one that can't be extended", { .extend_fails = FAIL_DENIED }, -FAIL_DENIED },
	};
	return cr_make_param_array(struct pcr_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct pcr_row *row, config_source, a_pcr_8_that_is_not_ours)
{
	const char *toml = ENVELOPE("sha256", JSON);
	struct evidence_platform p = measured(toml, DIGEST_SHA256);
	AUTO_LOADED struct loaded l = LOADED_EMPTY, beside = LOADED_EMPTY;
	struct fake_pcr again = row->pcr;
	struct err e = { 0 };

	cr_expect_eq(load_with(&row->pcr, &no_register, toml, &l, &e), row->want, "%s: %s",
		     row->name, e.text);
	cr_expect_null(l.document.at);
	cr_expect_eq(load_with(&again, &p, toml, &beside, &e), 0, "%s: %s", row->name, e.text);
	cr_expect_not(beside.is_pcr_ours);
	cr_expect_str_eq(beside.trust.config_register, "HOST_DATA");
}

Test(config_source, what_a_tee_refuses_is_not_extended_either)
{
	struct evidence_platform p = measured("another text", DIGEST_SHA256);
	struct fake_pcr f = { .extended = 0 };
	struct loaded l = LOADED_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(load_with(&f, &p, ENVELOPE("sha256", JSON), &l, &e), -FAIL_FORGED);
	cr_expect_eq(f.extended, 0);
}

Test(config_source, pcr_8_takes_sha256_alone)
{
	const char *toml = ENVELOPE("sha384", JSON);
	struct evidence_platform p = measured(toml, DIGEST_SHA384);
	struct fake_pcr f = { .extended = 0 }, beside = { .extended = 0 };
	AUTO_LOADED struct loaded l = LOADED_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(load_with(&f, &no_register, toml, &l, &e), -FAIL_INPUT);
	cr_expect(strstr(e.text, "PCR 8 was measured with sha256"), "%s", e.text);
	cr_expect_eq(load_with(&beside, &p, toml, &l, &e), 0, "%s", e.text);
	cr_expect(l.is_pcr_ours, "beside HOST_DATA it holds the SHA-256 all the same");
}

Test(config_source, a_pcr_8_without_initdata_is_zero)
{
	struct config_source source = { -1, -1, image_file(JSON) };
	struct evidence_platform zero = { .has_init_data = true, .name = "HOST_DATA", .len = 32 };
	struct fake_pcr f = { .at = { 1 } };
	const struct measured_pcr pcr = { fake_read, fake_extend, &f };
	AUTO_LOADED struct loaded l = LOADED_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(config_load(&source, &no_register, &pcr, &l, &e), -FAIL_FORGED);
	cr_expect(strstr(e.text, "PCR 8") && strstr(e.text, "withholds"), "%s", e.text);
	cr_expect_eq(config_load(&source, &zero, &pcr, &l, &e), 0, "%s", e.text);
	cr_expect_not(l.is_pcr_ours);
	f.at[0] = 0;
	cr_expect_eq(config_load(&source, &no_register, &pcr, &l, &e), 0, "%s", e.text);
	cr_expect(l.is_pcr_ours);
	cr_expect_eq(f.extended, 0);
	cr_expect_str_eq(l.trust.config_register, "image");
}

Test(config_source, survives_every_failing_allocation_and_read)
{
	const char *toml = ENVELOPE("sha256", JSON);
	struct evidence_platform p = measured(toml, DIGEST_SHA256);
	AUTO_FD int fd = disk(toml);
	struct config_source source = { fd, -1, "/none" };

	FAULT_EACH(n, FAULT_MEMORY | FAULT_IO)
	{
		AUTO_LOADED struct loaded l = LOADED_EMPTY;
		struct err e = { 0 };
		int got = config_load(&source, &p, NULL, &l, &e);

		cr_assert(got == 0 || (got < 0 && !l.document.at), "%d: %s", got, e.text);
	}
}
