#include <stdio.h>
#include <string.h>

#include "attest/config/fields.h"
#include "attest/config/parts.h"
#include "base/json.h"
#include "base/roles.h"

#define SERIAL_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
#define SERIAL_MAX   20		      /* virtio-blk: VIRTIO_BLK_ID_BYTES */
#define ID_MAX	     (UINT32_MAX - 1) /* -1 means "unchanged" to chown() */

_Static_assert(sizeof(PATH_VOLUMES "/") + LIMIT_NAME_BYTES <= LIMIT_PATH_BYTES,
	       "a default mount fits");

struct members {
	const cJSON *name, *device, *create, *rollback, *mount, *uid, *gid, *mode;
};

static int read_members(const cJSON *node, const char *where, struct members *ret, struct err *e)
{
	const struct json_field fields[] = {
		{ "name", JSON_TEXT, true, &ret->name },
		{ "device", JSON_TEXT, true, &ret->device },
		{ "create", JSON_TEXT, false, &ret->create },
		{ "rollback", JSON_TEXT, false, &ret->rollback },
		{ "mount", JSON_TEXT, false, &ret->mount },
		{ "uid", JSON_U64, false, &ret->uid },
		{ "gid", JSON_U64, false, &ret->gid },
		{ "mode", JSON_TEXT, false, &ret->mode },
		{ 0 },
	};

	return json_object(node, where, fields, e);
}

static bool is_beneath(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && path[len] == '/';
}

static int read_device(const cJSON *node, struct config_volume *v, struct err *e)
{
	static const char serial[] = "serial:";
	int failed = field_text(node, "device", v->device, sizeof(v->device), e);
	const char *id = v->device + sizeof(serial) - 1;

	if (failed)
		return failed;
	if (!strncmp(v->device, serial, sizeof(serial) - 1)) {
		if (!*id || strlen(id) > SERIAL_MAX || strspn(id, SERIAL_CHARS) != strlen(id))
			return FAIL(e, FAIL_INPUT, "device: a serial has 1 .. %d of A-Za-z0-9._-",
				    SERIAL_MAX);
		return 0;
	}
	failed = field_path(node, "device", v->device, sizeof(v->device), e);
	if (failed)
		return failed;
	if (!is_beneath(v->device, "/dev"))
		return FAIL(e, FAIL_INPUT, "device: must be \"serial:...\" or beneath /dev");
	return 0;
}

/* Beneath /run there are sockets and files of ours that a mount could hide. */
static int read_mount(const cJSON *node, struct config_volume *v, struct err *e)
{
	int failed;

	if (!node) {
		memcpy(v->mount, PATH_VOLUMES "/", sizeof(PATH_VOLUMES));
		memcpy(v->mount + sizeof(PATH_VOLUMES), v->name, sizeof(v->name));
		return 0;
	}
	failed = field_path(node, "mount", v->mount, sizeof(v->mount), e);
	if (failed)
		return failed;
	if (!is_beneath(v->mount, "/run") && !is_beneath(v->mount, "/mnt"))
		return FAIL(e, FAIL_INPUT, "mount: must be beneath /run or /mnt");
	if (!strcmp(v->mount, PATH_RUN) ||
	    (is_beneath(v->mount, PATH_RUN) && !is_beneath(v->mount, PATH_VOLUMES)))
		return FAIL(e, FAIL_INPUT, "mount: of " PATH_RUN " only " PATH_VOLUMES "/ is free");
	return 0;
}

static int read_owner(const struct members *m, struct config_volume *v, struct err *e)
{
	uint64_t uid, gid;
	int failed = field_number(m->uid, "uid", 0, ID_MAX, 0, &uid, e);

	if (!failed)
		failed = field_number(m->gid, "gid", 0, ID_MAX, 0, &gid, e);
	if (!failed)
		failed = field_mode(m->mode, "mode", CONFIG_VOLUME_MODE, &v->mode, e);
	if (failed)
		return failed;
	v->uid = (uint32_t)uid;
	v->gid = (uint32_t)gid;
	return 0;
}

static int read_create(const cJSON *node, struct config_volume *v, struct err *e)
{
	static const char *const creates[] = {
		[VOLUME_NEVER] = "never",
		[VOLUME_IF_BLANK] = "if-blank",
		[VOLUME_ALWAYS] = "always",
		NULL,
	};
	size_t create;
	int failed = field_word(node, "create", creates, VOLUME_NEVER, &create, e);

	if (!failed)
		v->create = (enum volume_create)create;
	return failed;
}

static int read_rollback(const cJSON *node, struct config_volume *v, struct err *e)
{
	static const char *const rollbacks[] = {
		[ROLLBACK_NONE] = "none",
		[ROLLBACK_TPM] = "tpm",
		NULL,
	};
	size_t rollback;
	int failed = field_word(node, "rollback", rollbacks, ROLLBACK_NONE, &rollback, e);

	if (failed)
		return failed;
	v->rollback = (enum config_rollback)rollback;
	if (v->rollback != ROLLBACK_NONE && v->create == VOLUME_ALWAYS)
		return FAIL(e, FAIL_INPUT,
			    "rollback: a volume that is \"always\" made anew has no old copies; "
			    "leave it out");
	return 0;
}

static int read_volume(const cJSON *node, const char *where, struct config_volume *v, struct err *e)
{
	struct members m = { 0 };
	int failed = read_members(node, where, &m, e);

	/* What json_object refused names its place already. */
	if (failed)
		return failed;
	failed = field_name(m.name, "name", v->name, sizeof(v->name), e);
	if (!failed)
		failed = read_device(m.device, v, e);
	if (!failed)
		failed = read_create(m.create, v, e);
	if (!failed)
		failed = read_rollback(m.rollback, v, e);
	if (!failed)
		failed = read_mount(m.mount, v, e);
	if (!failed)
		failed = read_owner(&m, v, e);
	return failed ? err_add(e, "%s", where) : 0;
}

/* Nested mounts would depend on the order of opening, and closing. */
static bool is_overlapping(const char *a, const char *b)
{
	return !strcmp(a, b) || is_beneath(a, b) || is_beneath(b, a);
}

static int is_distinct(const struct config *c, const struct config_volume *v, struct err *e)
{
	for (size_t i = 0; i < c->volume_count; i++) {
		const struct config_volume *other = &c->volumes[i];

		if (!strcmp(v->name, other->name))
			return FAIL(e, FAIL_INPUT, "volumes: the name \"%s\" twice", v->name);
		if (!strcmp(v->device, other->device))
			return FAIL(e, FAIL_INPUT, "volumes: the device \"%s\" twice", v->device);
		if (is_overlapping(v->mount, other->mount))
			return FAIL(e, FAIL_INPUT,
				    "volumes: \"%s\" and \"%s\" are mounted on each other",
				    other->name, v->name);
	}
	return 0;
}

/* What a volume takes for granted of the rest of the configuration. */
static int check_backing(const struct config *c, const struct config_volume *v, const char *where,
			 struct err *e)
{
	if (v->create != VOLUME_ALWAYS && (!c->root || c->root == ROOT_RANDOM))
		return FAIL(e, FAIL_INPUT,
			    "%s: without a root secret that lasts no key does, so create must be "
			    "\"always\"",
			    where);
	/* Where the anchor can't be raised, the volume is mounted already. */
	if (v->rollback != ROLLBACK_NONE && c->init.degraded)
		return FAIL(e, FAIL_INPUT,
			    "%s: rollback needs on_failure \"poweroff\": a degraded payload could "
			    "use the volume uncounted",
			    where);
	return 0;
}

int config_read_volumes(const cJSON *array, struct config *c, struct err *e)
{
	const cJSON *node;
	char where[24];
	int failed;

	cJSON_ArrayForEach(node, array)
	{
		struct config_volume *v = &c->volumes[c->volume_count];

		if (c->volume_count == LIMIT_VOLUMES)
			return FAIL(e, FAIL_LIMIT, "volumes: more than %d", LIMIT_VOLUMES);
		(void)snprintf(where, sizeof(where), "volumes[%zu]", c->volume_count);
		failed = read_volume(node, where, v, e);
		if (!failed)
			failed = is_distinct(c, v, e);
		if (!failed)
			failed = check_backing(c, v, where, e);
		if (failed)
			return failed;
		c->volume_count++;
	}
	return 0;
}
