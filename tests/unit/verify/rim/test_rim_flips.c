/* One accepted manifest, and everything that differs from it by one bit or by its end. */
#include <criterion/criterion.h>
#include <fcntl.h>

#include "base/fd.h"
#include "base/limits.h"
#include "tests/unit/verify/rim/rims.h"

struct subject {
	struct rig rig;
	struct rim_signer by;
	struct buf xml;
	size_t slot;	  /* of rims.found */
	size_t signature; /* where ds:Signature begins    */
	size_t certs;	  /* and its first certificate    */
	size_t certs_end; /* and what follows the last one */
	size_t end;	  /* behind the root's end tag    */
};

static size_t find(const struct buf *text, const char *what)
{
	const char *at = strstr((const char *)text->at, what);

	cr_assert_not_null(at, "%s", what);
	return (size_t)(at - (const char *)text->at);
}

static void locate(struct subject *s)
{
	s->signature = find(&s->xml, "<ds:Signature ");
	s->certs = find(&s->xml, "<ds:X509Certificate>");
	s->certs_end = find(&s->xml, "</ds:X509Data>");
	s->end = find(&s->xml, "</SoftwareIdentity>") + strlen("</SoftwareIdentity>");
}

/* Without resources that say nothing, so that there is time for the rest. */
static void made(struct subject *s)
{
	struct rim_spec spec = rim_spec_vbios();

	for (size_t i = 0; i < RIM_MADE_INDICES; i++)
		if (!spec.values[i].active)
			spec.line[i] = "";
	spec.is_flat = true;
	*s = (struct subject){ .by = rims_signer(), .slot = 1 };
	s->xml = rim_make(&spec, &s->by);
	rims_init(&s->rig, &s->by);
	rims_ask(RIM_VBIOS, &spec);
	rims.is_quick = true;
	locate(s);
	cr_assert_eq(rig_run(&s->rig, rims_judge, buf_view(&s->xml)), VERIFY_ACCEPTED);
}

static void recorded(struct subject *s)
{
	AUTO_FD int fd =
		open(VECTORS_DIR "/nvidia/rim-driver-gh100-550.144.03.xml", O_RDONLY | O_CLOEXEC);
	const struct rims_file file = { true,	   RIM_DRIVER,	 "NV_GPU_DRIVER_GH100_550.144.03",
					"GH100",   "550.144.03", "xml",
					SPAN_EMPTY };

	if (fd < 0)
		cr_skip_test("no vectors: " VECTORS_DIR);
	*s = (struct subject){ .slot = 0 };
	cr_assert_eq(fd_read_all(fd, LIMIT_RIM_BYTES, &s->xml, NULL), 0);
	rims_init(&s->rig, NULL);
	rims.files[0] = file;
	rims.is_quick = true;
	locate(s);
	(void)rig_run(&s->rig, rims_judge, buf_view(&s->xml));
	cr_assert(rims.found[0]);
}

static void subject_done(struct subject *s)
{
	rig_done(&s->rig);
	rim_signer_done(&s->by);
	buf_done(&s->xml);
}

/* Refused, and for a reason. */
static void must_refuse(struct subject *s, struct span bytes, size_t at, unsigned bit)
{
	enum verify_decision is = rig_run(&s->rig, rims_judge, bytes);

	cr_assert(is == VERIFY_REFUSED && !rims.found[s->slot] &&
			  rig_word(&s->rig, VERIFY_WORKLOAD) == VERIFY_WORKLOAD_MISMATCH,
		  "byte %zu, bit %u: %s", at, bit, verify_decision_name(is));
}

static void flip(struct subject *s, size_t at, unsigned bit)
{
	s->xml.at[at] ^= (uint8_t)(1u << bit);
	must_refuse(s, buf_view(&s->xml), at, bit);
	s->xml.at[at] ^= (uint8_t)(1u << bit);
}

static void flip_all(struct subject *s, size_t from, size_t to)
{
	for (size_t at = from; at < to; at++)
		for (unsigned bit = 0; bit < 8; bit++)
			flip(s, at, bit);
}

/* Where each costs signatures. */
static void flip_some(struct subject *s, size_t from, size_t to, size_t step_bytes)
{
	for (size_t bit = 8 * from; bit < 8 * to; bit = flips_next_of(bit, step_bytes))
		flip(s, bit / 8, bit % 8);
}

/* What stands in front of the signature is refused by its digest, which costs little. */
Test(rim_flips, flipped_bits_of_what_is_signed)
{
	struct subject s;

	made(&s);
	flip_all(&s, 0, s.signature);
	subject_done(&s);
}

Test(rim_flips, flipped_bits_of_the_signature)
{
	struct subject s;

	made(&s);
	flip_some(&s, s.signature, s.certs, 1);
	flip_some(&s, s.certs_end, s.end, 1);
	subject_done(&s);
}

Test(rim_flips, flipped_bits_of_the_certificates)
{
	struct subject s;

	made(&s);
	flip_some(&s, s.certs, s.certs_end, 1);
	subject_done(&s);
}

Test(rim_flips, every_truncation)
{
	struct subject s;

	made(&s);
	rims.is_quick = false;
	for (size_t len = 0; len < s.xml.len; len++)
		must_refuse(&s, span(s.xml.at, len), len, 0);
	subject_done(&s);
}

/* A value that is a byte shorter or longer, in base64 that is still good. */
Test(rim_flips, every_length_pushed)
{
	static const char *const values[] = { "<ds:DigestValue>", "<ds:SignatureValue>",
					      "<ds:X509Certificate>" };
	static const char *const more[] = { "AAAA", "AA==", "=", "\n=" };
	struct subject s;

	made(&s);
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		size_t at = find(&s.xml, values[i]) + strlen(values[i]);

		for (size_t k = 0; k < sizeof(more) / sizeof(*more); k++) {
			AUTO_BUF struct buf longer = BUF_EMPTY;

			cr_assert_eq(buf_printf(&longer, LIMIT_RIM_BYTES, NULL, "%.*s%s%s", (int)at,
						(char *)s.xml.at, more[k], (char *)s.xml.at + at),
				     0);
			must_refuse(&s, buf_view(&longer), at, 0);
		}
		for (size_t cut = 1; cut <= 4; cut++) {
			AUTO_BUF struct buf shorter = BUF_EMPTY;

			cr_assert_eq(buf_printf(&shorter, LIMIT_RIM_BYTES, NULL, "%.*s%s", (int)at,
						(char *)s.xml.at, (char *)s.xml.at + at + cut),
				     0);
			must_refuse(&s, buf_view(&shorter), at, 0);
		}
	}
	subject_done(&s);
}

/* --- NVIDIA's own ----------------------------------------------------------------------------- */

/* Every bit of one resource, an active one; of the others as usual. */
Test(rim_flips, flipped_bits_of_what_nvidia_signed)
{
	struct subject s;
	size_t line;

	recorded(&s);
	line = find(&s.xml, "<ns0:Resource type=\"Measurement\" index=\"7\"");
	flip_some(&s, 0, line, 4);
	flip_all(&s, line, line + 240);
	flip_some(&s, line + 240, s.signature, 4);
	subject_done(&s);
}

Test(rim_flips, flipped_bits_of_nvidias_signature)
{
	struct subject s;

	recorded(&s);
	flip_some(&s, s.signature, s.certs, 4);
	flip_some(&s, s.certs_end, s.end, 4);
	subject_done(&s);
}

Test(rim_flips, flipped_bits_of_nvidias_certificates)
{
	struct subject s;

	recorded(&s);
	flip_some(&s, s.certs, s.certs_end, 4);
	subject_done(&s);
}

/* The two line feeds behind the root are no part of the document. */
Test(rim_flips, every_truncation_of_nvidias)
{
	struct subject s;

	recorded(&s);
	rims.is_quick = false;
	for (size_t len = 0; len < s.end; len++)
		must_refuse(&s, span(s.xml.at, len), len, 0);
	subject_done(&s);
}
