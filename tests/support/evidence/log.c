#include "tests/support/evidence/log.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GLOBAL	 "\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c"
#define SECURITY "\xcb\xb2\x19\xd7\x3a\x3d\x96\x45\xa3\xbc\xda\xd0\x0e\x67\x65\x6f"

static void must(bool good, const char *what)
{
	if (good)
		return;
	(void)fprintf(stderr, "log: %s\n", what);
	abort();
}

static void put(struct buf *b, struct span bytes)
{
	must(buf_append(b, bytes, 16 * 1024 * 1024, NULL) == 0, "memory");
}

static void put_le(struct buf *b, uint64_t value, size_t len)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	put(b, span(bytes, len));
}

static const EVP_MD *md_of(uint16_t alg)
{
	switch (alg) {
	case EVENTLOG_SHA1:
		return EVP_sha1();
	case EVENTLOG_SHA256:
		return EVP_sha256();
	case EVENTLOG_SHA384:
		return EVP_sha384();
	case EVENTLOG_SHA512:
		return EVP_sha512();
	default:
		return EVP_sm3();
	}
}

static size_t len_of(uint16_t alg)
{
	return (size_t)EVP_MD_get_size(md_of(alg));
}

/* --- Beginnings ------------------------------------------------------------------------------- */

static void put_header(struct eventlog *l, uint32_t reg, struct span spec)
{
	static const uint8_t zeros[20];

	put_le(&l->bytes, reg, 4);
	put_le(&l->bytes, 3, 4);
	put(&l->bytes, span(zeros, sizeof(zeros)));
	put_le(&l->bytes, spec.len, 4);
	put(&l->bytes, spec);
}

static void put_spec(struct eventlog *l, uint32_t reg)
{
	struct buf spec = BUF_EMPTY;

	put(&spec, span("Spec ID Event03", 16));
	put_le(&spec, 0, 4);
	put(&spec, span("\x00\x02\x00\x02", 4));
	put_le(&spec, l->alg_count, 4);
	for (size_t i = 0; i < l->alg_count; i++) {
		put_le(&spec, l->algs[i], 2);
		put_le(&spec, len_of(l->algs[i]), 2);
	}
	put_le(&spec, 0, 1);
	put_header(l, reg, buf_view(&spec));
	buf_done(&spec);
}

struct eventlog eventlog_cc(void)
{
	struct eventlog l = { .is_cc = true, .algs = { EVENTLOG_SHA384 }, .alg_count = 1 };

	put_spec(&l, 1);
	return l;
}

struct eventlog eventlog_tpm(void)
{
	struct eventlog l = { .algs = { EVENTLOG_SHA1, EVENTLOG_SHA256, EVENTLOG_SHA384 },
			      .alg_count = 3 };

	for (size_t i = 0; i < l.alg_count; i++)
		for (size_t pcr = 17; pcr <= 22; pcr++)
			memset(l.registers[i][pcr], 0xff, 64);
	put_spec(&l, 0);
	return l;
}

struct eventlog eventlog_aael_only(void)
{
	struct eventlog l = { .is_cc = true, .algs = { EVENTLOG_SHA384 }, .alg_count = 1 };
	uint8_t spec[37] = { [24] = 2, [28] = 0x0c, [30] = 0x30, [32] = 0x12, [34] = 0x20 };

	put_header(&l, 0, span(spec, sizeof(spec)));
	return l;
}

struct eventlog eventlog_headed(uint32_t reg, struct span spec)
{
	struct eventlog l = { .is_cc = reg == 1, .algs = { EVENTLOG_SHA384 }, .alg_count = 1 };

	put_header(&l, reg, spec);
	return l;
}

void eventlog_done(struct eventlog *l)
{
	buf_done(&l->bytes);
}

/* --- Events ----------------------------------------------------------------------------------- */

static void extend(struct eventlog *l, size_t i, uint32_t reg, const uint8_t *digest)
{
	size_t len = len_of(l->algs[i]);
	uint8_t both[128];

	memcpy(both, l->registers[i][reg], len);
	memcpy(both + len, digest, len);
	must(EVP_Digest(both, 2 * len, l->registers[i][reg], NULL, md_of(l->algs[i]), NULL) == 1,
	     "digest");
}

void eventlog_add(struct eventlog *l, const struct eventlog_event *event)
{
	struct span measured = event->measured.at ? event->measured : event->data;
	uint32_t count = 0;

	for (size_t i = 0; i < l->alg_count; i++)
		count += !(event->leave_out & 1u << i);
	l->last = l->bytes.len;
	put_le(&l->bytes, event->reg, 4);
	put_le(&l->bytes, event->type, 4);
	put_le(&l->bytes, count, 4);
	for (size_t i = 0; i < l->alg_count; i++) {
		uint8_t digest[64];

		if (event->leave_out & 1u << i)
			continue;
		must(EVP_Digest(measured.at, measured.len, digest, NULL, md_of(l->algs[i]), NULL) ==
			     1,
		     "digest");
		if (event->digest)
			memcpy(digest, event->digest, len_of(l->algs[i]));
		put_le(&l->bytes, l->algs[i], 2);
		put(&l->bytes, span(digest, len_of(l->algs[i])));
		if (!event->unmeasured && event->reg < EVENTLOG_REGISTERS)
			extend(l, i, event->reg, digest);
	}
	put_le(&l->bytes, event->data.len, 4);
	put(&l->bytes, event->data);
}

static void add(struct eventlog *l, uint32_t reg, uint32_t type, struct span data,
		struct span measured)
{
	eventlog_add(l, &(struct eventlog_event){
				.reg = reg, .type = type, .data = data, .measured = measured });
}

void eventlog_text(struct eventlog *l, uint32_t reg, uint32_t type, const char *text)
{
	add(l, reg, type, span_text(text), SPAN_EMPTY);
}

void eventlog_separator(struct eventlog *l, uint32_t reg, uint32_t value)
{
	struct buf data = BUF_EMPTY;

	put_le(&data, value, 4);
	add(l, reg, 4, buf_view(&data), SPAN_EMPTY);
	buf_done(&data);
}

static void put_utf16(struct buf *b, const char *text)
{
	for (; *text; text++)
		put_le(b, (uint8_t)*text, 2);
}

void eventlog_variable(struct eventlog *l, uint32_t reg, uint32_t type, const char *name,
		       struct span contents)
{
	bool is_db = name[0] == 'd' && name[1] == 'b';
	struct buf data = BUF_EMPTY;

	put(&data, span(is_db ? SECURITY : GLOBAL, 16));
	put_le(&data, strlen(name), 8);
	put_le(&data, contents.len, 8);
	put_utf16(&data, name);
	put(&data, contents);
	add(l, reg, type, buf_view(&data), type == 0x80000002 ? contents : SPAN_EMPTY);
	buf_done(&data);
}

void eventlog_tag(struct eventlog *l, uint32_t reg, uint32_t tag, const char *text,
		  struct span measured)
{
	struct buf data = BUF_EMPTY;

	put_le(&data, tag, 4);
	put_le(&data, strlen(text) + 1, 4);
	put(&data, span(text, strlen(text) + 1));
	add(l, reg, 6, buf_view(&data), measured);
	buf_done(&data);
}

void eventlog_aael(struct eventlog *l, uint32_t reg, const char *text)
{
	struct buf data = BUF_EMPTY;

	put_le(&data, 0x4141454c, 4);
	put_le(&data, strlen(text), 4);
	put(&data, span_text(text));
	add(l, reg, 6, buf_view(&data), SPAN_EMPTY);
	buf_done(&data);
}

/* UEFI_IMAGE_LOAD_EVENT of a kernel that the firmware loaded from its own volume. */
void eventlog_image(struct eventlog *l, uint32_t reg, struct span image)
{
	struct buf data = BUF_EMPTY;

	put_le(&data, 0x7cb30018, 8);
	put_le(&data, image.len, 8);
	put_le(&data, 0, 8);
	put_le(&data, 42, 8);
	put(&data, span("\x04\x03\x14\x00", 4));
	put(&data, span(GLOBAL, 16));
	put(&data, span("\x04\x04\x12\x00", 4));
	put_utf16(&data, "kernel");
	put_le(&data, 0, 2);
	put(&data, span("\x7f\xff\x04\x00", 4));
	add(l, reg, 0x80000003, buf_view(&data), image);
	buf_done(&data);
}

void eventlog_grub(struct eventlog *l, uint32_t reg, const char *word, const char *text)
{
	struct buf data = BUF_EMPTY;

	put(&data, span_text(word));
	put_le(&data, ' ', 1);
	put(&data, span(text, strlen(text) + 1));
	add(l, reg, 0x0d, buf_view(&data), span_text(text));
	buf_done(&data);
}

void eventlog_locality(struct eventlog *l, uint8_t locality)
{
	uint8_t data[17] = "StartupLocality";

	data[16] = locality;
	for (size_t i = 0; i < l->alg_count; i++)
		l->registers[i][0][len_of(l->algs[i]) - 1] = locality;
	eventlog_add(l, &(struct eventlog_event){
				.type = 3, .data = span(data, sizeof(data)), .unmeasured = true });
}

/* --- A whole boot ----------------------------------------------------------------------------- */

static void boot_firmware(struct eventlog *l, uint32_t code, uint32_t config, uint32_t policy,
			  bool secure)
{
	static const uint8_t blob[] = "\x03"
				      "CFV"
				      "\0\0\0\0\0\0\0\x40"
				      "\0\x40\x08\0\0\0\0\0";
	static const char *const keys[] = { "PK", "KEK", "db", "dbx" };

	if (!l->is_cc)
		add(l, code, 8, span("2\0\0", 4), SPAN_EMPTY);
	add(l, code, 0x8000000a, span(blob, sizeof(blob) - 1), span_text("the variable store"));
	eventlog_variable(l, policy, 0x80000001, "SecureBoot", span(secure ? "\x01" : "\0", 1));
	for (size_t i = 0; i < 4; i++)
		eventlog_variable(l, policy, 0x80000001, keys[i], span("", 0));
	eventlog_separator(l, policy, 0);
	add(l, config, 0x0a, span_text("ACPI DATA"), span_text("the ACPI tables"));
	eventlog_variable(l, config, 0x80000002, "BootOrder", span("\0\0", 2));
}

static void boot_system(struct eventlog *l, uint32_t start, uint32_t exit, uint32_t system)
{
	eventlog_image(l, start, span_text("a kernel"));
	eventlog_text(l, start, 0x80000007, "Calling EFI Application from Boot Option");
	eventlog_separator(l, start, 0);
	eventlog_tag(l, system, 0x8f3b22ed, "LOADED_IMAGE::LoadOptions",
		     span("c\0o\0n\0s\0\0", 10));
	eventlog_tag(l, system, 0x8f3b22ec, "Linux initrd", span_text("an initrd"));
	eventlog_text(l, exit, 0x80000007, "Exit Boot Services Invocation");
	eventlog_text(l, exit, 0x80000007, "Exit Boot Services Returned with Success");
}

void eventlog_boot(struct eventlog *l, bool secure)
{
	if (l->is_cc) {
		boot_firmware(l, 1, 1, 1, secure);
		boot_system(l, 2, 2, 3);
		return;
	}
	boot_firmware(l, 0, 1, 7, secure);
	boot_system(l, 4, 5, 9);
}

void eventlog_end(struct eventlog *l, uint8_t fill, size_t count)
{
	while (count--)
		put_le(&l->bytes, fill, 1);
}

const uint8_t *eventlog_register(const struct eventlog *l, uint16_t alg, uint32_t reg)
{
	for (size_t i = 0; i < l->alg_count; i++)
		if (l->algs[i] == alg)
			return l->registers[i][reg];
	must(false, "no such algorithm");
	return NULL;
}
