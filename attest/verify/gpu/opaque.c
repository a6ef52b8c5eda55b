#include "attest/verify/gpu/opaque.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define HEAD_BYTES  4
#define VBIOS_BYTES 8
#define VBIOS_TEXT  14
#define STATUS_ON   0xaa
#define STATUS_OFF  0x55
#define ANY	    UINT16_MAX

static const struct opaque_row GPU_ROWS[] = {
	{ 1, OPAQUE_HEX, 0, ANY, 1, "cert_issuer_name" },
	{ 2, OPAQUE_HEX, 0, ANY, 1, "cert_authority_key_identifier" },
	{ 3, OPAQUE_TEXT, 1, 32, 1, "driver_version" },
	{ 4, OPAQUE_HEX, 8, 8, 1, "gpu_info" },
	{ 5, OPAQUE_HEX, 0, ANY, 1, "sku" },
	{ 6, OPAQUE_VBIOS, 8, 8, 1, "vbios_version" },
	{ 7, OPAQUE_HEX, 0, ANY, 1, "manufacturer_id" },
	{ 8, OPAQUE_HEX, 0, ANY, 1, "tamper_detection" },
	{ 9, OPAQUE_HEX, 0, ANY, 1, "smc" },
	{ 10, OPAQUE_HEX, 0, ANY, 1, "vpr" },
	{ 11, OPAQUE_HEX, 1, 1, 1, "nvdec0_status" },
	{ 12, OPAQUE_COUNTS, 0, 1020, 4, "measurement_extends" },
	{ 13, OPAQUE_HEX, 4, 4, 1, "cpr_info" },
	{ 14, OPAQUE_NUMBER, 4, 4, 1, "board_id" },
	{ 15, OPAQUE_TEXT, 0, 32, 1, "chip_sku" },
	{ 16, OPAQUE_TEXT, 0, 32, 1, "chip_sku_mod" },
	{ 17, OPAQUE_TEXT, 0, 32, 1, "project" },
	{ 18, OPAQUE_TEXT, 0, 32, 1, "project_sku" },
	{ 19, OPAQUE_TEXT, 0, 32, 1, "project_sku_mod" },
	{ 20, OPAQUE_HEX, 48, 48, 1, "fwid" },
	{ 21, OPAQUE_STATUS, 1, 1, 1, "protected_pcie" },
	{ 22, OPAQUE_LINKED, 8, 144, 8, "switch_pdis" },
	{ 23, OPAQUE_HEX, 0, ANY, 1, "floorswept" },
	{ 32, OPAQUE_HEX, 0, ANY, 1, "gpu_link_conn" },
	{ 33, OPAQUE_HEX, 2, 2, 1, "sys_enable_status" },
	{ 34, OPAQUE_NUMBER, 1, 8, 1, "opaque_data_version" },
	{ 35, OPAQUE_TEXT, 0, 32, 1, "chip_info" },
	{ 36, OPAQUE_NUMBER, 1, 8, 1, "feature_flag" },
};

static const struct opaque_row SWITCH_ROWS[] = {
	{ 1, OPAQUE_HEX, 0, ANY, 1, "cert_issuer_name" },
	{ 2, OPAQUE_HEX, 0, ANY, 1, "cert_authority_key_identifier" },
	{ 6, OPAQUE_TEXT, 14, 32, 1, "vbios_version" },
	{ 12, OPAQUE_COUNTS, 0, 1020, 4, "measurement_extends" },
	{ 22, OPAQUE_PDIS, 8, 8, 8, "device_pdi" },
	{ 23, OPAQUE_HEX, 2, 2, 1, "disabled_ports" },
	{ 24, OPAQUE_NUMBER, 2, 2, 1, "position_id" },
	{ 25, OPAQUE_NUMBER, 2, 2, 1, "lock_status" },
	{ 26, OPAQUE_GPUS, 128, 128, 1, "gpu_pdis" },
	{ 27, OPAQUE_HEX, 0, ANY, 1, "switch_ports" },
};

const struct opaque_row *opaque_row(bool is_switch, size_t id)
{
	const struct opaque_row *rows = is_switch ? SWITCH_ROWS : GPU_ROWS;
	size_t count = is_switch ? sizeof(SWITCH_ROWS) / sizeof(*SWITCH_ROWS)
				 : sizeof(GPU_ROWS) / sizeof(*GPU_ROWS);

	for (size_t i = 0; i < count; i++)
		if (rows[i].id == id)
			return &rows[i];
	return NULL;
}

/* --- One field -------------------------------------------------------------------------------- */

static int check_text(const struct opaque_row *row, struct span b, struct err *e)
{
	size_t len = 0;

	while (len < b.len && b.at[len])
		len++;
	if (len >= OPAQUE_TEXT_BYTES)
		return FAIL(e, FAIL_INPUT, "%s: over %d characters", row->name,
			    OPAQUE_TEXT_BYTES - 1);
	for (size_t i = 0; i < len; i++)
		if (b.at[i] < 0x20 || b.at[i] > 0x7e)
			return FAIL(e, FAIL_INPUT, "%s: not printable", row->name);
	for (size_t i = len; i < b.len; i++)
		if (b.at[i])
			return FAIL(e, FAIL_INPUT, "%s: text after its end", row->name);
	return 0;
}

static int check_field(const struct opaque_row *row, struct span b, struct err *e)
{
	if (b.len < row->min || b.len > row->max || b.len % row->step)
		return FAIL(e, FAIL_INPUT, "opaque field %u (%s): %zu bytes", row->id, row->name,
			    b.len);
	if (row->form == OPAQUE_TEXT)
		return check_text(row, b, e);
	if (row->form == OPAQUE_STATUS && b.at[0] != STATUS_ON && b.at[0] != STATUS_OFF)
		return FAIL(e, FAIL_INPUT, "%s: 0x%02x, must be 0xaa or 0x55", row->name, b.at[0]);
	return 0;
}

static int take_field(struct span *rest, struct opaque *o, struct err *e)
{
	size_t id, len;
	const struct opaque_row *row;

	if (rest->len < HEAD_BYTES)
		return FAIL(e, FAIL_INPUT, "opaque data: cut in a field's head");
	id = (size_t)rest->at[0] | (size_t)rest->at[1] << 8;
	len = (size_t)rest->at[2] | (size_t)rest->at[3] << 8;
	*rest = span(rest->at + HEAD_BYTES, rest->len - HEAD_BYTES);
	row = opaque_row(o->is_switch, id);
	if (!row)
		return FAIL(e, FAIL_INPUT, "opaque field %zu is not known", id);
	if (len > rest->len)
		return FAIL(e, FAIL_INPUT, "opaque field %zu: %zu bytes, and %zu are left", id, len,
			    rest->len);
	if (o->at[id].at)
		return FAIL(e, FAIL_INPUT, "opaque field %zu is there twice", id);
	o->at[id] = span(rest->at, len);
	*rest = span(rest->at + len, rest->len - len);
	return check_field(row, o->at[id], e);
}

/* --- All of them ------------------------------------------------------------------------------ */

static bool is_firmware_version(const char *text)
{
	for (size_t i = 0; i < VBIOS_TEXT; i++)
		if (i % 3 == 2 ? text[i] != '.' : !isxdigit((unsigned char)text[i]))
			return false;
	return !text[VBIOS_TEXT];
}

static int check_switch(const struct opaque *o, struct err *e)
{
	char text[OPAQUE_TEXT_BYTES];

	opaque_text(o, OPAQUE_VBIOS_VERSION, text);
	if (!is_firmware_version(text))
		return FAIL(e, FAIL_INPUT, "vbios_version: \"%s\"", text);
	return 0;
}

static int check_gpu(const struct opaque *o, struct err *e)
{
	if (!opaque_has(o, OPAQUE_VBIOS_VERSION) || !opaque_has(o, OPAQUE_DRIVER_VERSION))
		return FAIL(e, FAIL_INPUT, "opaque data without driver or VBIOS version");
	if (opaque_number(o, OPAQUE_VERSION) > 1)
		return FAIL(e, FAIL_INPUT, "opaque data of version %llu, known are 0 and 1",
			    (unsigned long long)opaque_number(o, OPAQUE_VERSION));
	if (opaque_number(o, OPAQUE_FEATURE_FLAG) > UINT16_MAX)
		return FAIL(e, FAIL_INPUT, "feature_flag of more than 16 bits");
	return 0;
}

int opaque_parse(struct span bytes, bool is_switch, struct opaque *ret, struct err *e)
{
	struct opaque o = { .is_switch = is_switch };
	int failed = 0;

	while (bytes.len && !failed)
		failed = take_field(&bytes, &o, e);
	if (!failed)
		failed = is_switch ? check_switch(&o, e) : check_gpu(&o, e);
	if (!failed)
		*ret = o;
	return failed;
}

/* --- Reading ---------------------------------------------------------------------------------- */

bool opaque_has(const struct opaque *o, enum opaque_id id)
{
	return o->at[id].at;
}

uint64_t opaque_number(const struct opaque *o, enum opaque_id id)
{
	uint64_t value = 0;

	for (size_t i = o->at[id].len; i > 0; i--)
		value = value << 8 | o->at[id].at[i - 1];
	return value;
}

void opaque_text(const struct opaque *o, enum opaque_id id, char ret[static OPAQUE_TEXT_BYTES])
{
	size_t len = o->at[id].len < OPAQUE_TEXT_BYTES ? o->at[id].len : OPAQUE_TEXT_BYTES - 1;

	memset(ret, 0, OPAQUE_TEXT_BYTES);
	if (len)
		memcpy(ret, o->at[id].at, len);
}

/* The eight bytes are a little-endian number: its low half comes first, then one byte more. */
void opaque_vbios(const struct opaque *o, char ret[static OPAQUE_TEXT_BYTES])
{
	const uint8_t *b = o->at[OPAQUE_VBIOS_VERSION].at;

	if (o->is_switch || o->at[OPAQUE_VBIOS_VERSION].len != VBIOS_BYTES) {
		opaque_text(o, OPAQUE_VBIOS_VERSION, ret);
		for (char *c = ret; *c; c++)
			*c = (char)toupper((unsigned char)*c);
		return;
	}
	(void)snprintf(ret, OPAQUE_TEXT_BYTES, "%02X.%02X.%02X.%02X.%02X", b[3], b[2], b[1], b[0],
		       b[4]);
}
