/* The forms in which a report and its certificates travel. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/evidence/snp.h"

#define GUID_BYTES  16
#define ENTRY_BYTES 24
#define FORM_BYTES  65536

static void append(struct buf *to, struct span bytes)
{
	struct err e = { 0 };

	if (buf_append(to, bytes, FORM_BYTES, &e) < 0)
		abort();
}

#define PRINT(to, ...)                                                               \
	do {                                                                         \
		if (buf_printf(to, FORM_BYTES, &(struct err){ 0 }, __VA_ARGS__) < 0) \
			abort();                                                     \
	} while (0)

/* --- The host's table ------------------------------------------------------------------------- */

static void put_u32(uint8_t *at, size_t value)
{
	for (size_t i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

struct buf snp_table(const struct snp_spec *s, const struct snp_made *m)
{
	static const uint8_t guids[][GUID_BYTES] = {
		"\x63\xda\x75\x8d\xe6\x64\x45\x64\xad\xc5\xf4\xb9\x3b\xe8\xac\xcd",
		"\xa8\x07\x4b\xc2\xa2\x5a\x48\x3e\xaa\xe6\x39\xc0\x45\xa0\xb8\xa1",
		"\x4a\xb7\xb3\x79\xbb\xac\x4f\xe4\xa0\x2f\x05\xae\xf3\x27\xc7\x82",
		"\xc0\xb4\x06\xa4\xa8\x03\x49\x52\x97\x43\x3f\xb6\x01\x4c\xd0\xae",
	};
	const uint8_t *kinds[] = { guids[s->leaf_key == SNP_GEN_VLEK], guids[2], guids[3] };
	const X509 *certs[] = { m->leaf, m->ask, m->sent_ark };
	uint8_t header[4 * ENTRY_BYTES] = { 0 };
	struct buf table = BUF_EMPTY;
	size_t at = sizeof(header);

	append(&table, span(header, sizeof(header)));
	for (size_t i = 0; i < COUNT_OF(certs); i++) {
		struct buf der = pki_der(certs[i]);
		uint8_t *entry = table.at + i * ENTRY_BYTES;

		memcpy(entry, kinds[i], GUID_BYTES);
		put_u32(entry + GUID_BYTES, at);
		put_u32(entry + GUID_BYTES + 4, der.len);
		at += der.len;
		append(&table, buf_view(&der));
		buf_done(&der);
	}
	return table;
}

/* --- CoCo's JSON ------------------------------------------------------------------------------ */

static void print_list(struct buf *to, const char *name, const uint8_t *at, size_t len)
{
	PRINT(to, "\"%s\":[", name);
	for (size_t i = 0; i < len; i++)
		PRINT(to, "%s%u", i ? "," : "", at[i]);
	PRINT(to, "]");
}

static void print_tcb(struct buf *to, const struct snp_spec *s, const char *name,
		      const struct snp_levels *t)
{
	PRINT(to, "\"%s\":{\"fmc\":", name);
	if (s->product == SNP_GEN_TURIN)
		PRINT(to, "%u", t->fmc);
	else
		PRINT(to, "null");
	PRINT(to, ",\"bootloader\":%u,\"tee\":%u,\"snp\":%u,\"microcode\":%u},", t->bootloader,
	      t->tee, t->snp, t->microcode);
}

static void print_version(struct buf *to, const char *name, const uint8_t v[3])
{
	PRINT(to, "\"%s\":{\"major\":%u,\"minor\":%u,\"build\":%u},", name, v[2], v[1], v[0]);
}

static void print_cpu(struct buf *to, const struct snp_spec *s)
{
	if (s->version < 3)
		PRINT(to, "\"cpuid_fam_id\":null,\"cpuid_mod_id\":null,\"cpuid_step\":null,");
	else
		PRINT(to, "\"cpuid_fam_id\":%u,\"cpuid_mod_id\":%u,\"cpuid_step\":%u,", s->family,
		      s->model, s->stepping);
}

static void print_vectors(struct buf *to, const struct snp_spec *s)
{
	if (s->version < 5)
		PRINT(to, "\"launch_mit_vector\":null,\"current_mit_vector\":null,");
	else
		PRINT(to, "\"launch_mit_vector\":%" PRIu64 ",\"current_mit_vector\":%" PRIu64 ",",
		      s->launch_mit_vector, s->current_mit_vector);
}

static void print_report(struct buf *to, const struct snp_spec *s, const struct snp_made *m)
{
	static const struct {
		const char *name;
		uint16_t at, len;
	} lists[] = {
		{ "family_id", 0x010, 16 },	    { "image_id", 0x020, 16 },
		{ "report_data", 0x050, 64 },	    { "measurement", 0x090, 48 },
		{ "host_data", 0x0c0, 32 },	    { "id_key_digest", 0x0e0, 48 },
		{ "author_key_digest", 0x110, 48 }, { "report_id", 0x140, 32 },
		{ "report_id_ma", 0x160, 32 },	    { "chip_id", 0x1a0, 64 },
	};

	PRINT(to, "{\"version\":%u,\"guest_svn\":%u,\"policy\":%" PRIu64 ",\"vmpl\":%u,",
	      s->version, s->guest_svn, s->policy, s->vmpl);
	PRINT(to, "\"sig_algo\":%u,\"plat_info\":%" PRIu64 ",\"key_info\":%u,", s->sig_algo,
	      s->platform_info, s->key_info);
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		print_list(to, lists[i].name, m->report + lists[i].at, lists[i].len);
		PRINT(to, ",");
	}
	print_tcb(to, s, "current_tcb", &s->current);
	print_tcb(to, s, "reported_tcb", &s->reported);
	print_tcb(to, s, "committed_tcb", &s->committed);
	print_tcb(to, s, "launch_tcb", &s->launch);
	print_version(to, "current", s->current_version);
	print_version(to, "committed", s->committed_version);
	print_cpu(to, s);
	print_vectors(to, s);
	PRINT(to, "\"signature\":{");
	print_list(to, "r", m->report + 0x2a0, 72);
	PRINT(to, ",");
	print_list(to, "s", m->report + 0x2e8, 72);
	PRINT(to, "}}");
}

struct buf snp_coco(const struct snp_spec *s, const struct snp_made *m)
{
	struct buf der = pki_der(m->leaf);
	struct buf json = BUF_EMPTY;

	PRINT(&json, "{\"attestation_report\":");
	print_report(&json, s, m);
	PRINT(&json, ",\"cert_chain\":[{\"cert_type\":\"%s\",",
	      s->leaf_key == SNP_GEN_VLEK ? "VLEK" : "VCEK");
	print_list(&json, "data", der.at, der.len);
	PRINT(&json, "}]}");
	buf_done(&der);
	return json;
}
