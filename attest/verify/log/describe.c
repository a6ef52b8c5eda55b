#include "attest/verify/log/describe.h"

#include <stdlib.h>
#include <string.h>

#include "attest/verify/bytes.h"
#include "attest/verify/log/devpath.h"
#include "attest/verify/log/tag.h"
#include "attest/verify/log/types.h"
#include "attest/verify/log/variable.h"
#include "base/digest.h"
#include "base/mem.h"

#define GPT_HEADER_BYTES 92
#define GPT_DISK_GUID	 56
#define X509_TYPE	 "a5c059a1-94e4-4aa7-87b5-ab155c2bf072" /* EFI_CERT_X509_GUID */

static void add_ascii(struct tcg_out *o, cJSON *to, const char *name, struct span bytes)
{
	char text[TCG_TEXT_BYTES + 1];

	tcg_ascii_text(bytes, text, sizeof(text));
	tcg_out_text(o, to, name, text);
}

static void add_guid(struct tcg_out *o, cJSON *to, const char *name, const uint8_t *guid)
{
	char text[GUID_TEXT_BYTES];

	tcg_guid_text(guid, text);
	tcg_out_text(o, to, name, text);
}

static void unreadable(struct tcg_out *o, cJSON *to, const char *why)
{
	tcg_out_text(o, to, "unreadable", why);
}

/* --- Variables -------------------------------------------------------------------------------- */

/* Certificates by their digest, as people know them; the rest as it stands. */
static void add_signature(struct tcg_out *o, cJSON *list, bool is_x509, struct span data)
{
	struct digest d;

	if (!is_x509 && data.len <= DIGEST_MAX_BYTES) {
		tcg_out_hex(o, list, NULL, data);
		return;
	}
	if (!o->failed)
		o->failed = digest_of(DIGEST_SHA256, data, &d, o->e);
	if (!o->failed)
		tcg_out_hex(o, list, NULL, span(d.at, d.len));
}

static void add_siglist(struct tcg_out *o, cJSON *lists, const struct tcg_siglist *list)
{
	cJSON *to = tcg_out_object(o, lists, NULL), *signatures;
	char type[GUID_TEXT_BYTES];
	bool is_x509;

	tcg_guid_text(list->type, type);
	is_x509 = !strcmp(type, X509_TYPE);
	tcg_out_text(o, to, "type", type);
	signatures = tcg_out_array(o, to, is_x509 ? "certificates_sha256" : "values");
	for (size_t at = 0; at < list->entries.len; at += list->each)
		add_signature(o, signatures, is_x509,
			      span(list->entries.at + at + GUID_BYTES, list->each - GUID_BYTES));
}

static void add_siglists(struct tcg_out *o, cJSON *to, struct span data)
{
	cJSON *lists = tcg_out_array(o, to, "signature_lists");
	struct err e = { 0 };

	while (data.len) {
		struct tcg_siglist list;

		if (tcg_siglist_take(&data, &list, &e) < 0) {
			unreadable(o, to, e.text);
			return;
		}
		add_siglist(o, lists, &list);
	}
}

static bool holds_keys(const struct tcg_event *event, const char *name)
{
	static const char *const names[] = { "PK", "KEK", "db", "dbx", "dbt", "dbr" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (event->type == EV_EFI_VARIABLE_DRIVER_CONFIG && !strcmp(name, names[i]))
			return true;
	return false;
}

static void say_variable(struct tcg_out *o, cJSON *to, const struct tcg_event *event)
{
	struct tcg_variable v;
	struct err e = { 0 };
	char name[TCG_TEXT_BYTES + 1];

	if (tcg_variable_parse(event->data, &v, &e) < 0) {
		unreadable(o, to, e.text);
		return;
	}
	tcg_utf16_text(v.name, name, sizeof(name));
	tcg_out_text(o, to, "variable", name);
	add_guid(o, to, "vendor_guid", v.vendor);
	tcg_out_hex(o, to, "variable_data", v.data);
	if (holds_keys(event, name))
		add_siglists(o, to, v.data);
}

/* --- Images and tables ------------------------------------------------------------------------ */

static void add_path(struct tcg_out *o, cJSON *to, struct span bytes)
{
	AUTO_FREE struct devpath *path = malloc(sizeof(*path));
	cJSON *nodes = tcg_out_array(o, to, "device_path");
	struct err e = { 0 };

	if (!path) {
		o->failed = FAIL_ERRNO(o->e, "device path");
		return;
	}
	if (devpath_read(bytes, path, &e) < 0)
		unreadable(o, to, e.text);
	for (size_t i = 0; i < path->count; i++)
		tcg_out_text(o, nodes, NULL, path->nodes[i]);
}

/* UEFI_IMAGE_LOAD_EVENT */
static void say_image(struct tcg_out *o, cJSON *to, const struct tcg_event *event)
{
	struct span from = event->data, path;
	uint64_t at, len, link, path_len;

	if (!bytes_u64(&from, &at) || !bytes_u64(&from, &len) || !bytes_u64(&from, &link) ||
	    !bytes_u64(&from, &path_len) || path_len > from.len ||
	    !bytes_take(&from, (size_t)path_len, &path)) {
		unreadable(o, to, "image: cut");
		return;
	}
	tcg_out_u64(o, to, "image_address", at);
	tcg_out_u64(o, to, "image_bytes", len);
	if (path.len)
		add_path(o, to, path);
}

/* UEFI_PLATFORM_FIRMWARE_BLOB and the second, which begins with a name. */
static void say_blob(struct tcg_out *o, cJSON *to, const struct tcg_event *event)
{
	struct span from = event->data, name = SPAN_EMPTY;
	uint64_t base, len;
	uint8_t name_len = 0;

	if ((event->type == EV_EFI_PLATFORM_FIRMWARE_BLOB2 &&
	     (!bytes_u8(&from, &name_len) || !bytes_take(&from, name_len, &name))) ||
	    !bytes_u64(&from, &base) || !bytes_u64(&from, &len)) {
		unreadable(o, to, "firmware blob: cut");
		return;
	}
	if (name.len)
		add_ascii(o, to, "text", name);
	tcg_out_u64(o, to, "base", base);
	tcg_out_u64(o, to, "length", len);
}

/* UEFI_HANDOFF_TABLE_POINTERS2 */
static void say_tables(struct tcg_out *o, cJSON *to, const struct tcg_event *event)
{
	struct span from = event->data, name;
	uint8_t name_len;
	uint64_t count;

	if (!bytes_u8(&from, &name_len) || !bytes_take(&from, name_len, &name) ||
	    !bytes_u64(&from, &count)) {
		unreadable(o, to, "tables: cut");
		return;
	}
	add_ascii(o, to, "text", name);
	tcg_out_u64(o, to, "tables", count);
}

/* UEFI_GPT_DATA */
static void say_partitions(struct tcg_out *o, cJSON *to, const struct tcg_event *event)
{
	struct span from = event->data, header;
	uint64_t count;

	if (!bytes_take(&from, GPT_HEADER_BYTES, &header) || !bytes_u64(&from, &count)) {
		unreadable(o, to, "partition table: cut");
		return;
	}
	add_guid(o, to, "disk_guid", header.at + GPT_DISK_GUID);
	tcg_out_u64(o, to, "partitions", count);
}

/* --- Texts ------------------------------------------------------------------------------------ */

static void say_tag(struct tcg_out *o, cJSON *to, const struct tcg_event *event)
{
	struct tcg_tag tag;
	struct tcg_aael a;

	if (!tcg_tag_parse(event->data, &tag)) {
		unreadable(o, to, "tagged data: cut, or bytes behind them");
		return;
	}
	tcg_out_u64(o, to, "tag", tag.tag);
	add_ascii(o, to, "text", tag.data);
	if (tag.tag != TCG_TAG_AAEL)
		return;
	if (!tcg_aael_parse(&tag, &a)) {
		unreadable(o, to, "agent's event: not \"domain operation content\"");
		return;
	}
	add_ascii(o, to, "domain", a.domain);
	add_ascii(o, to, "operation", a.operation);
	add_ascii(o, to, "content", a.content);
}

static void say_separator(struct tcg_out *o, cJSON *to, const struct tcg_event *event)
{
	struct span from = event->data;
	uint32_t value;

	if (bytes_u32(&from, &value) && !from.len)
		tcg_out_u64(o, to, "separator", value);
	else
		unreadable(o, to, "separator: not of four bytes");
}

/* Data that begin with printable text are shown as text up to the first NUL. */
static void say_text(struct tcg_out *o, cJSON *to, const struct tcg_event *event)
{
	struct span data = event->data;
	size_t n = 0;

	while (n < data.len && data.at[n] >= 0x20 && data.at[n] <= 0x7e)
		n++;
	if (n && (n == data.len || !data.at[n]))
		add_ascii(o, to, "text", data);
}

static void say_version(struct tcg_out *o, cJSON *to, const struct tcg_event *event)
{
	char text[TCG_TEXT_BYTES + 1];

	tcg_utf16_text(event->data, text, sizeof(text));
	tcg_out_text(o, to, "text", text);
}

typedef void describe(struct tcg_out *o, cJSON *to, const struct tcg_event *event);

static const struct {
	uint32_t type;
	describe *say;
} KINDS[] = {
	{ EV_SEPARATOR, say_separator },
	{ EV_EVENT_TAG, say_tag },
	{ EV_S_CRTM_VERSION, say_version },
	{ EV_EFI_VARIABLE_DRIVER_CONFIG, say_variable },
	{ EV_EFI_VARIABLE_BOOT, say_variable },
	{ EV_EFI_VARIABLE_BOOT2, say_variable },
	{ EV_EFI_VARIABLE_AUTHORITY, say_variable },
	{ EV_EFI_BOOT_SERVICES_APPLICATION, say_image },
	{ EV_EFI_BOOT_SERVICES_DRIVER, say_image },
	{ EV_EFI_RUNTIME_SERVICES_DRIVER, say_image },
	{ EV_EFI_GPT_EVENT, say_partitions },
	{ EV_EFI_PLATFORM_FIRMWARE_BLOB, say_blob },
	{ EV_EFI_PLATFORM_FIRMWARE_BLOB2, say_blob },
	{ EV_EFI_HANDOFF_TABLES2, say_tables },
};

void tcg_describe(struct tcg_out *o, cJSON *details, const struct tcg_event *event)
{
	for (size_t i = 0; i < COUNT_OF(KINDS); i++)
		if (KINDS[i].type == event->type) {
			KINDS[i].say(o, details, event);
			return;
		}
	say_text(o, details, event);
}
