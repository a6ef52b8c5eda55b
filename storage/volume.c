#include "storage/volume.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/roles.h"
#include "storage/blank.h"
#include "storage/device.h"
#include "storage/dm.h"
#include "storage/head.h"
#include "storage/luks.h"
#include "storage/mkfs.h"
#include "storage/mount.h"
#include "storage/ram.h"
#include "storage/session.h"
#include "storage/table.h"

#define SECTOR	      512u
#define DM_NAME_BYTES 128

/* The mappings of a volume, from top to bottom. */
struct names {
	char top[DM_NAME_BYTES];   /* dm-crypt: what is mounted                    */
	char lower[DM_NAME_BYTES]; /* dm-integrity, as libcryptsetup calls it      */
	char head[DM_NAME_BYTES];  /* the head in memory in front of the disk      */
};

static struct names names_of(const char *name)
{
	struct names n;

	(void)snprintf(n.top, sizeof(n.top), "sealinit-%.63s", name);
	(void)snprintf(n.lower, sizeof(n.lower), "sealinit-%.63s_dif", name);
	(void)snprintf(n.head, sizeof(n.head), "sealinit-%.63s-head", name);
	return n;
}

bool volume_is_name(const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++)
		if (!isalnum((unsigned char)name[i]) && (i == 0 || !strchr("-_.", name[i])))
			return false;
	return i > 0 && i < LIMIT_NAME_BYTES;
}

static int check_asked(const struct msg_volume_open *m, struct err *e)
{
	if (!ipc_is_text(m->name, sizeof(m->name)) || !volume_is_name(m->name))
		return FAIL(e, FAIL_INPUT, "volume with a name that can't be one");
	if (!ipc_is_text(m->device, sizeof(m->device)) || !ipc_is_text(m->mount, sizeof(m->mount)))
		return FAIL(e, FAIL_INPUT, "volume %s: device or mount point is no text", m->name);
	if (m->create > VOLUME_ALWAYS || m->mode > 07777)
		return FAIL(e, FAIL_INPUT, "volume %s: create %" PRIu32 ", mode %" PRIo32, m->name,
			    m->create, m->mode);
	/* What is made anew in every boot has no yesterday; beyond the last number is none. */
	if (m->anchor && (m->create == VOLUME_ALWAYS || m->anchor == UINT64_MAX))
		return FAIL(e, FAIL_INPUT, "volume %s: anchor %" PRIu64 " with create %" PRIu32,
			    m->name, m->anchor, m->create);
	return 0;
}

static int read_want(struct ipc_msg *m, struct volume_want *w, struct err *e)
{
	int failed;

	if (m->op != MSG_VOLUME_OPEN)
		return FAIL(e, FAIL_INPUT, "message %u where a volume was expected", m->op);
	failed = ipc_body(m, &w->asked, sizeof(w->asked), e);
	if (!failed)
		failed = check_asked(&w->asked, e);
	if (!failed)
		failed = secret_copy(&w->wrap_key, span(w->asked.wrap_key, VOLUME_KEY_BYTES), e);
	if (!failed)
		failed = secret_copy(&w->mac_key, span(w->asked.mac_key, VOLUME_KEY_BYTES), e);
	explicit_bzero(w->asked.wrap_key, VOLUME_KEY_BYTES);
	explicit_bzero(w->asked.mac_key, VOLUME_KEY_BYTES);
	return failed;
}

int volume_want_read(struct ipc_msg *m, struct volume_want *ret, struct err *e)
{
	AUTO_WANT struct volume_want w = { 0 };
	int failed = read_want(m, &w, e);

	ipc_msg_wipe(m);
	if (failed)
		return failed;
	*ret = w;
	w.wrap_key = w.mac_key = SECRET_EMPTY;
	return 0;
}

void volume_want_done(struct volume_want *want)
{
	secret_done(&want->wrap_key);
	secret_done(&want->mac_key);
}

/* One volume on its way up. */
struct opening {
	const struct volume_want *want;
	struct names names;
	struct device disk;
	int point;     /* where it will be mounted             */
	uint8_t *head; /* as read, once, or as made            */
	struct seal seal;
	struct secret key; /* the volume's own                     */
	dev_t mapped;	   /* the topmost mapping                  */
	bool created;
};

static void opening_done(struct opening *o)
{
	device_close(&o->disk);
	fd_done(&o->point);
	free(o->head);
	secret_done(&o->key);
}

static struct seal_with sealed_with(const struct opening *o)
{
	return (struct seal_with){ span_text(o->want->asked.name), secret_view(&o->want->mac_key) };
}

/* Names in use belong to a run before this one: closing them is for whoever asks for it. */
static int check_names_free(const struct names *n, struct err *e)
{
	const char *const all[] = { n->top, n->lower, n->head };
	struct dm_mapping m;
	struct err why;
	size_t i;

	for (i = 0; i < COUNT_OF(all); i++) {
		if (dm_read(all[i], &m, &why) == 0)
			return FAIL(e, FAIL_DENIED, "%s is open already", all[i]);
		if (why.sys != ENXIO)
			return err_set(e, why.kind, why.sys, why.where, "%s", why.text);
	}
	return 0;
}

static int map_head(struct opening *o, const struct ram *ram, struct err *e)
{
	const uint64_t head = HEAD_BYTES / SECTOR;
	struct dm_row rows[2] = {
		{ .start = 0, .length = head, .type = "linear" },
		{ .start = head, .length = o->seal.size / SECTOR - head, .type = "linear" },
	};
	struct dm_mapping m;
	int failed;

	(void)snprintf(rows[0].params, sizeof(rows[0].params), "%u:%u 0", major(ram->rdev),
		       minor(ram->rdev));
	(void)snprintf(rows[1].params, sizeof(rows[1].params), "%u:%u %" PRIu64,
		       major(o->disk.rdev), minor(o->disk.rdev), head);
	failed = dm_create(o->names.head, rows, COUNT_OF(rows), e);
	if (!failed)
		failed = dm_read(o->names.head, &m, e);
	return failed ? failed : table_check_head(&m, ram->rdev, o->disk.rdev, o->seal.size, e);
}

static int check_mapped(struct opening *o, const char *uuid, struct err *e)
{
	struct dm_mapping top, lower, head;
	uint64_t sectors = 0;
	int failed = table_sectors(o->head, o->seal.size, &sectors, e);

	if (!failed)
		failed = dm_read(o->names.head, &head, e);
	if (!failed)
		failed = dm_read(o->names.lower, &lower, e);
	if (!failed)
		failed = dm_read(o->names.top, &top, e);
	if (!failed)
		failed = table_check_integrity(&lower, head.rdev,
					       (enum seal_profile)o->seal.profile, sectors, e);
	if (!failed)
		failed = table_check_crypt(&top, lower.rdev, uuid, sectors, e);
	if (!failed)
		o->mapped = top.rdev;
	return failed ? err_add(e, "mapped, but not as asked") : 0;
}

/* From a head in memory to the topmost mapping. */
static int map_volume(struct opening *o, struct err *e)
{
	char uuid[LUKS_UUID_BYTES], path[DM_PATH_BYTES];
	int failed;

	dm_path(o->names.head, path);
	failed = luks_activate(path, o->names.top, secret_view(&o->key),
			       (enum seal_profile)o->seal.profile, uuid, e);
	return failed ? failed : check_mapped(o, uuid, e);
}

static int mount_volume(struct opening *o, struct err *e)
{
	char path[DM_PATH_BYTES];

	dm_path(o->names.top, path);
	return mount_ext4(path, o->point, e);
}

static int reopen(struct opening *o, struct err *e)
{
	AUTO_RAM struct ram ram = RAM_EMPTY;
	int failed = seal_unwrap(secret_view(&o->want->wrap_key), o->seal.wrapped, &o->key, e);

	if (!failed)
		failed = ram_open(o->head, &ram, e);
	if (!failed)
		failed = map_head(o, &ram, e);
	if (!failed)
		failed = map_volume(o, e);
	return failed ? failed : mount_volume(o, e);
}

static int make_key(struct opening *o, struct err *e)
{
	int failed = secret_random(&o->key, VOLUME_SECRET_BYTES, e);

	return failed ? failed
		      : seal_wrap(secret_view(&o->want->wrap_key), secret_view(&o->key),
				  o->seal.wrapped, e);
}

/* Header and superblock are written to memory; the disk gets them when everything else is there. */
static int make_head(struct opening *o, struct err *e)
{
	AUTO_RAM struct ram ram = RAM_EMPTY;
	char path[DM_PATH_BYTES];
	int failed;

	memset(o->head, 0, HEAD_BYTES);
	failed = ram_open(o->head, &ram, e);
	if (!failed)
		failed = map_head(o, &ram, e);
	dm_path(o->names.head, path);
	if (!failed)
		failed = luks_format(path, o->seal.size, secret_view(&o->key),
				     (enum seal_profile)o->seal.profile, e);
	return failed ? failed : ram_read(&ram, o->head, e);
}

static int make_filesystem(struct opening *o, struct err *e)
{
	const struct mkfs_with with = {
		.loader = PATH_LOADER,
		.libraries = PATH_LIB,
		.program = PATH_MKE2FS,
		.uid = o->want->asked.uid,
		.gid = o->want->asked.gid,
		.deadline_ms = deadline_in(LIMIT_MKFS_MS),
	};
	AUTO_FD int image = -1;
	AUTO_FD int to = -1;
	char path[DM_PATH_BYTES];
	uint64_t sectors = 0;
	int failed = table_sectors(o->head, o->seal.size, &sectors, e);

	if (!failed)
		failed = mkfs_make(&with, sectors * SECTOR, &image, e);
	if (failed)
		return failed;
	dm_path(o->names.top, path);
	to = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
	if (to < 0)
		return FAIL_ERRNO(e, "%s: %s", path, strerror(errno));
	return mkfs_copy(image, to, e);
}

static int mount_new(struct opening *o, struct err *e)
{
	const struct msg_volume_open *asked = &o->want->asked;
	int failed = mount_volume(o, e);

	return failed ? failed : mount_finish(asked->mount, (mode_t)asked->mode, e);
}

/* FORMAT.md, "Making one": the disk says "being formatted", then everything behind the head, then
 * the head. A volume that ends with the guest never has a head on the disk. */
static int create(struct opening *o, struct err *e)
{
	const bool lasting = o->want->asked.create != VOLUME_ALWAYS;
	const struct head_sink sink = head_sink_fd(&o->disk.fd);
	const struct seal_with with = sealed_with(o);
	int failed;

	o->created = true;
	o->seal = (struct seal){
		.state = SEAL_VOLUME,
		.profile = lasting ? PROFILE_JOURNAL : PROFILE_DIRECT,
		.epoch = o->want->asked.epoch,
		.size = o->disk.size,
		.session = session_of(o->want->asked.anchor),
	};
	if (o->seal.session)
		memcpy(o->seal.anchor_id, o->want->asked.anchor_id, sizeof(o->seal.anchor_id));
	failed = make_key(o, e);
	if (!failed)
		failed = lasting ? head_begin(&sink, &o->seal, &with, e) : head_erase(&sink, e);
	if (!failed)
		failed = make_head(o, e);
	if (!failed)
		failed = map_volume(o, e);
	if (!failed)
		failed = make_filesystem(o, e);
	if (!failed)
		failed = mount_new(o, e);
	if (!failed && lasting)
		failed = head_commit(&sink, o->head, &o->seal, &with, e);
	return failed ? err_add(e, "making it") : 0;
}

/* An authentic head; is it about this disk, and of these days? */
static int check_seal(const struct opening *o, struct err *e)
{
	if (o->seal.epoch != o->want->asked.epoch)
		return FAIL(e, FAIL_DENIED,
			    "volume-stale: the head is of epoch %" PRIu64 ", %" PRIu64 " is wanted",
			    o->seal.epoch, o->want->asked.epoch);
	if (o->disk.size < o->seal.size)
		return FAIL(e, FAIL_INPUT, "disk is %" PRIu64 " bytes, the volume needs %" PRIu64,
			    o->disk.size, o->seal.size);
	return 0;
}

/* A head of zeroes. Whether to make a volume is decided here, and nowhere else. */
static int open_blank(struct opening *o, struct err *e)
{
	bool blank = false;
	int failed;

	if (o->want->asked.create == VOLUME_NEVER)
		return FAIL(
			e, FAIL_INPUT,
			"no volume on the disk, and 'create' is \"never\"; \"if-blank\" makes one");
	failed = blank_probe(o->disk.fd, o->disk.size, &blank, e);
	if (failed)
		return failed;
	if (!blank)
		return FAIL(
			e, FAIL_INPUT,
			"no volume on the disk, but other data: it is not blank, so none is made");
	return create(o, e);
}

static int open_begun(struct opening *o, struct err *e)
{
	if (o->want->asked.create == VOLUME_NEVER)
		return FAIL(e, FAIL_INPUT,
			    "making this volume was cut off, and 'create' is \"never\"; "
			    "\"if-blank\" makes it anew");
	log_warning("volume %s: making it was cut off: making it anew", o->want->asked.name);
	return create(o, e);
}

/* What the head says against opening it is said before anything is written. */
static int open_volume(struct opening *o, struct err *e)
{
	const struct head_sink sink = head_sink_fd(&o->disk.fd);
	const struct seal_with with = sealed_with(o);
	struct session_anchor anchor = { .value = o->want->asked.anchor };
	int failed = check_seal(o, e);

	memcpy(anchor.id, o->want->asked.anchor_id, sizeof(anchor.id));
	if (!failed)
		failed = session_begin(&sink, o->head, &with, &anchor, &o->seal, e);
	return failed ? failed : reopen(o, e);
}

static int open_judged(struct opening *o, struct err *e)
{
	const struct seal_with with = sealed_with(o);
	enum head_kind kind = HEAD_ZERO;
	int failed;

	failed = fd_pread_all(o->disk.fd, o->head, HEAD_BYTES, 0, e);
	if (!failed)
		failed = head_judge(o->head, &with, &kind, &o->seal, e);
	if (failed)
		return failed;
	if (kind == HEAD_ZERO)
		return open_blank(o, e);
	return kind == HEAD_FORMATTING ? open_begun(o, e) : open_volume(o, e);
}

static int open_disk(struct opening *o, struct err *e)
{
	AUTO_FD int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD int sys = open("/sys/block", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD int dev = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int failed;

	if (root < 0 || sys < 0 || dev < 0)
		return FAIL_ERRNO(e, "/sys/block or /dev: %s", strerror(errno));
	failed = mount_point(root, o->want->asked.mount, &o->point, e);
	return failed ? failed : device_open(sys, dev, o->want->asked.device, &o->disk, e);
}

static void report(const struct opening *o, struct msg_volume *ret)
{
	const struct msg_volume_open *asked = &o->want->asked;

	*ret = (struct msg_volume){
		.size = o->seal.size,
		.epoch = o->seal.epoch,
		.session = asked->anchor ? o->seal.session : 0,
		.created = o->created,
	};
	memcpy(ret->name, asked->name, sizeof(ret->name));
	memcpy(ret->mount, asked->mount, sizeof(ret->mount));
	memcpy(ret->device, o->disk.name, sizeof(ret->device));
	(void)snprintf(ret->rollback, sizeof(ret->rollback), "%s",
		       ret->session ? "session" : "none");
	(void)snprintf(ret->integrity, sizeof(ret->integrity), "hmac(sha256), %s",
		       o->seal.profile == PROFILE_DIRECT ? "direct" : "journal");
}

int volume_open(const struct volume_want *want, struct msg_volume *ret, struct err *e)
{
	__attribute__((cleanup(opening_done))) struct opening o = {
		.want = want,
		.names = names_of(want->asked.name),
		.disk = DEVICE_EMPTY,
		.point = -1,
		.head = head_new(),
		.key = SECRET_EMPTY,
	};
	struct err undo;
	int failed;

	if (!o.head)
		return FAIL_ERRNO(e, "volume: no memory");
	failed = check_names_free(&o.names, e);
	if (!failed)
		failed = open_disk(&o, e);
	if (failed)
		return failed;
	failed = want->asked.create == VOLUME_ALWAYS ? create(&o, e) : open_judged(&o, e);
	if (!failed) {
		report(&o, ret);
		return 0;
	}
	(void)err_add(e, "%s", o.disk.name);
	if (volume_close(want->asked.name, want->asked.mount, deadline_in(LIMIT_VOLUME_UNDO_MS),
			 &undo) < 0)
		log_err(LOG_LEVEL_WARNING, "closing what was opened", &undo);
	return failed;
}

int volume_close(const char *name, const char *mount, uint64_t deadline_ms, struct err *e)
{
	const struct names n = names_of(name);
	const char *const all[] = { n.top, n.lower, n.head };
	struct err first = { 0 }, now = { 0 };
	struct dm_mapping m;
	int failed = 0;
	size_t i;

	if (dm_read(n.top, &m, &now) == 0)
		failed = mount_close(mount, m.rdev, deadline_ms, &first);
	else if (now.sys != ENXIO)
		failed = err_set(&first, now.kind, now.sys, now.where, "%s", now.text);
	for (i = 0; i < COUNT_OF(all); i++)
		if (dm_remove(all[i], deadline_ms, &now) < 0 && !failed)
			failed = err_set(&first, now.kind, now.sys, now.where, "%s", now.text);
	return failed ? err_set(e, first.kind, first.sys, first.where, "%s", first.text) : 0;
}
