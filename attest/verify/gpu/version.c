#include "attest/verify/gpu/version.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NUMBERS_MAX 6
#define DIGITS_MAX  8

static int digit(char c, int base)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (base == 16 && isxdigit((unsigned char)c))
		return tolower((unsigned char)c) - 'a' + 10;
	return -1;
}

bool version_is_valid(const char *text, int base)
{
	size_t numbers = 1, digits = 0;

	for (; *text; text++) {
		if (*text == '.' && digits) {
			numbers++;
			digits = 0;
		} else if (digit(*text, base) < 0 || ++digits > DIGITS_MAX) {
			return false;
		}
	}
	return digits && numbers <= NUMBERS_MAX;
}

static uint64_t take_number(const char **text, int base)
{
	uint64_t value = 0;

	for (; **text && **text != '.'; (*text)++)
		value = value * (uint64_t)base + (uint64_t)digit(**text, base);
	if (**text)
		(*text)++;
	return value;
}

int version_compare(const char *a, const char *b, int base)
{
	while (*a || *b) {
		uint64_t x = take_number(&a, base), y = take_number(&b, base);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

/* --- Names of manifests ----------------------------------------------------------------------- */

static int finish_id(const char *text, char ret[static RIM_ID_BYTES], struct err *e)
{
	size_t len = strlen(text);

	if (len >= RIM_ID_BYTES)
		return FAIL(e, FAIL_INPUT, "RIM id of %zu characters", len);
	for (size_t i = 0; i <= len; i++)
		ret[i] = (char)toupper((unsigned char)text[i]);
	if (strspn(ret, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._") != len) {
		*ret = '\0';
		return FAIL(e, FAIL_INPUT, "RIM id \"%s\": unfit as a name", text);
	}
	return 0;
}

int rim_id_driver(const struct opaque *o, const char *chip, char ret[static RIM_ID_BYTES],
		  struct err *e)
{
	char driver[OPAQUE_TEXT_BYTES], named[OPAQUE_TEXT_BYTES], text[128];
	bool is_hopper = !strcmp(chip, "GH100");

	opaque_text(o, OPAQUE_DRIVER_VERSION, driver);
	opaque_text(o, OPAQUE_CHIP_INFO, named);
	if (!*driver)
		return FAIL(e, FAIL_INPUT, "no driver version");
	if (is_hopper)
		(void)snprintf(text, sizeof(text), "NV_GPU_DRIVER_GH100_%s", driver);
	else
		(void)snprintf(text, sizeof(text), "NV_GPU_CC_DRIVER_%s_%s",
			       *named ? named : "GB100", driver);
	return finish_id(text, ret, e);
}

static int rim_id_vbios(const struct opaque *o, const char *version, char ret[static RIM_ID_BYTES],
			struct err *e)
{
	char project[OPAQUE_TEXT_BYTES], project_sku[OPAQUE_TEXT_BYTES], sku[OPAQUE_TEXT_BYTES];
	char text[160];

	opaque_text(o, OPAQUE_PROJECT, project);
	opaque_text(o, OPAQUE_PROJECT_SKU, project_sku);
	opaque_text(o, OPAQUE_CHIP_SKU, sku);
	if (!*project || !*project_sku || !*sku)
		return FAIL(e, FAIL_INPUT, "no project, project SKU or chip SKU");
	(void)snprintf(text, sizeof(text), "NV_GPU_VBIOS_%s_%s_%s_%s", project, project_sku, sku,
		       version);
	return finish_id(text, ret, e);
}

int rim_id_firmware(const struct opaque *o, char ret[static RIM_ID_BYTES], struct err *e)
{
	char dotted[OPAQUE_TEXT_BYTES], version[OPAQUE_TEXT_BYTES], text[128];
	size_t len = 0;

	opaque_vbios(o, dotted);
	for (const char *c = dotted; *c; c++)
		if (*c != '.')
			version[len++] = *c;
	version[len] = '\0';
	if (!o->is_switch)
		return rim_id_vbios(o, version, ret, e);
	/* NVIDIA names board and SKU of the one switch that there is, and no field does. */
	(void)snprintf(text, sizeof(text), "NV_SWITCH_BIOS_5612_0002_890_%s", version);
	return finish_id(text, ret, e);
}
