/* NVIDIA's own files, and the verdicts that are known of them. */
#include <criterion/criterion.h>
#include <fcntl.h>

#include "attest/verify/gpu/spdm.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/mem.h"
#include "tests/unit/verify/rim/rims.h"

#define JUNE_2025 1748736000

static struct buf vector(const char *name)
{
	AUTO_FD int dir = open(VECTORS_DIR "/nvidia", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD int fd = dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct buf ret = BUF_EMPTY;
	struct err e = { 0 };

	if (fd < 0)
		cr_skip_test("no vectors: " VECTORS_DIR);
	cr_assert_eq(fd_read_all(fd, LIMIT_VERIFY_FILE_BYTES, &ret, &e), 0, "%s", e.text);
	return ret;
}

static void ask(enum rim_kind kind, const char *id, const char *chip, const char *version)
{
	rims.files[kind == RIM_VBIOS] =
		(struct rims_file){ true, kind, id, chip, version, "xml", SPAN_EMPTY };
}

static const char *decisive(const struct rig *r)
{
	const char *code = "";

	for (size_t i = 0; i < verify_finding_count(r->context.verdict); i++) {
		struct verify_finding f = verify_finding(r->context.verdict, i);

		if (f.word == rig_word(r, VERIFY_WORKLOAD))
			code = f.code;
	}
	return code;
}

Test(rim_vectors, get_the_verdicts_that_are_known_of_them)
{
	static const struct {
		const char *file;
		enum rim_kind kind;
		const char *id, *chip, *version;
		bool found;
		const char *code;
	} rows[] = {
		{ "rim-driver-gh100-550.144.03.xml", RIM_DRIVER, "NV_GPU_DRIVER_GH100_550.144.03",
		  "GH100", "550.144.03", true, "rim.mismatch" },
		{ "rim-driver-bad-signature.xml", RIM_DRIVER, "NV_GPU_DRIVER_GH100_550.144.03",
		  "GH100", "550.144.03", false, "rim.signature" },
		{ "rim-driver-535.86.09-edited.xml", RIM_DRIVER, "NV_GPU_DRIVER_GH100_535.86.09",
		  "GH100", "535.86.09", false, "rim.digest" },
		{ "rim-driver-debug-root.xml", RIM_VBIOS, "NV_GPU_VBIOS_G520_0202_885_9700830009",
		  "GB100", "97.00.83.00.09", false, "rim.chain" },
		{ "rim-vbios-96005e0001-index9.xml", RIM_VBIOS,
		  "NV_GPU_VBIOS_1010_0200_882_96005E0001", "GH100", "96.00.5E.00.01", true,
		  "rim.mismatch" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO_BUF struct buf xml = vector(rows[i].file);
		struct rig r;

		rims_init(&r, NULL);
		r.context.at = i == 4 ? JUNE_2025 : RIMS_NOW;
		ask(rows[i].kind, rows[i].id, rows[i].chip, rows[i].version);
		cr_expect_eq(rig_run(&r, rims_judge, buf_view(&xml)), VERIFY_REFUSED);
		cr_expect_eq(rims.found[rows[i].kind == RIM_VBIOS], rows[i].found, "%s",
			     rows[i].file);
		cr_expect(rig_said(&r, rows[i].code), "%s: %s", rows[i].file, decisive(&r));
		cr_expect(!rig_said(&r, "rim.test-root") && !rig_said(&r, "rim.match"));
		row_print("8.3", rows[i].file, r.context.verdict);
		rig_done(&r);
	}
}

Test(rim_vectors, debugs_own_hierarchy_is_named_as_such)
{
	AUTO_BUF struct buf xml = vector("rim-driver-debug-root.xml");
	struct rig r;

	rims_init(&r, NULL);
	ask(RIM_VBIOS, RIMS_VBIOS_ID, "GB100", "97.00.83.00.09");
	(void)rig_run(&r, rims_judge, buf_view(&xml));
	cr_expect(rig_said(&r, "rim.debug-signer"));
	rig_done(&r);
}

/* The device's values, taken from the manifest itself, match it. */
Test(rim_vectors, the_good_ones_match_a_device_that_has_their_values)
{
	AUTO_BUF struct buf driver = vector("rim-driver-gh100-550.144.03.xml"),
			    vbios = vector("rim-vbios-96005e0001-index9.xml");
	struct rig r;

	rims_init(&r, NULL);
	r.policy.gpu.driver_rim_if_present = false;
	r.policy.gpu.rim_expired_signer = true;
	ask(RIM_DRIVER, "NV_GPU_DRIVER_GH100_550.144.03", "GH100", "550.144.03");
	ask(RIM_VBIOS, "NV_GPU_VBIOS_1010_0200_882_96005E0001", "GH100", "96.00.5e.00.01");
	rims.files[1].bytes = buf_view(&vbios);
	(void)rig_run(&r, rims_judge, buf_view(&driver));
	cr_assert(rims.found[0] && rims.found[1]);
	for (size_t i = 0; i < RIM_INDICES; i++) {
		const struct rim *of =
			rims.loaded[0].golden[i].active ? &rims.loaded[0] : &rims.loaded[1];

		rims.measured[i].present = true;
		memcpy(rims.measured[i].at, of->golden[i].at[0], RIM_HASH_BYTES);
	}
	cr_expect_eq(rig_run(&r, rims_judge, buf_view(&driver)), VERIFY_ACCEPTED);
	r.policy.gpu.rim_expired_signer = false;
	cr_expect_eq(rig_run(&r, rims_judge, buf_view(&driver)), VERIFY_UNKNOWN_WORKLOAD);
	cr_expect(rig_said(&r, "rim.signer-expired"));
	rig_done(&r);
}

/* --- A recorded report ------------------------------------------------------------------------ */

static struct buf unhex(const struct buf *text)
{
	struct buf ret = BUF_EMPTY;

	for (size_t i = 0; i + 1 < text->len; i += 2) {
		char pair[3] = { (char)text->at[i], (char)text->at[i + 1], 0 };
		uint8_t byte;

		if (hex_bytes(pair, "report", &byte, 1, NULL))
			break;
		cr_assert_eq(buf_append(&ret, span(&byte, 1), LIMIT_REPORT_BYTES, NULL), 0);
	}
	return ret;
}

Test(rim_vectors, the_535_report_differs_from_the_other_vbios_manifest_at_index_9_alone)
{
	AUTO_BUF struct buf hex = vector("hopper-535-report.hex"), report = unhex(&hex),
			    xml = vector("rim-vbios-96005e0001-index9.xml");
	size_t mismatches = 0;
	struct err e = { 0 };
	struct spdm s;
	struct rig r;

	cr_assert_eq(spdm_parse(buf_view(&report), &s, &e), 0, "%s", e.text);
	rims_init(&r, NULL);
	r.context.at = JUNE_2025;
	ask(RIM_VBIOS, "NV_GPU_VBIOS_1010_0200_882_96005E0001", "GH100", "96.00.5E.00.01");
	for (size_t i = 0; i < s.blocks; i++) {
		rims.measured[i].present = true;
		memcpy(rims.measured[i].at, spdm_value(&s, i).at, RIM_HASH_BYTES);
	}
	cr_expect_eq(rig_run(&r, rims_judge, buf_view(&xml)), VERIFY_REFUSED);
	for (size_t i = 0; i < verify_finding_count(r.context.verdict); i++) {
		struct verify_finding f = verify_finding(r.context.verdict, i);

		if (strcmp(f.code, "rim.mismatch"))
			continue;
		mismatches++;
		cr_expect(strstr(f.text, "index 9 (vbios RIM)"), "%s", f.text);
		printf("          %s\n", f.text);
	}
	cr_expect_eq(mismatches, 1);

	memcpy(rims.measured[9].at, rims.loaded[1].golden[9].at[0], RIM_HASH_BYTES);
	cr_expect_eq(rig_run(&r, rims_judge, buf_view(&xml)), VERIFY_ACCEPTED);
	rig_done(&r);
}
