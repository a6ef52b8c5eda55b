#include "storage/dm.h"

#include <libdevmapper.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/log.h"
#include "storage/wait.h"

#define RETRY_MS 50

static void task_done(struct dm_task **task)
{
	if (*task)
		dm_task_destroy(*task);
}

#define AUTO_TASK __attribute__((cleanup(task_done)))

__attribute__((format(printf, 5, 6))) static void on_log(int level, const char *file, int line,
							 int dm_errno, const char *format, ...)
{
	char text[256];
	va_list args;

	(void)file, (void)line, (void)dm_errno;
	if ((level & 7) > 4) /* below "warning" in syslog's numbers */
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_debug("libdevmapper: %s", text);
}

void dm_init(void)
{
	/* Nobody would ever answer: waiting for udev is waiting for ever. */
	(void)dm_udev_set_sync_support(0);
}

void dm_path(const char *name, char ret[DM_PATH_BYTES])
{
	(void)snprintf(ret, DM_PATH_BYTES, "/dev/mapper/%.127s", name);
}

static struct dm_task *task_named(struct dm_task *task, const char *name)
{
	if (task && !dm_task_set_name(task, name)) {
		dm_task_destroy(task);
		task = NULL;
	}
	return task;
}

static struct dm_task *task_new(int type, const char *name)
{
	/* Each time, since libcryptsetup takes the log over and then leaves it to stderr. */
	dm_log_with_errno_init(on_log);
	return task_named(dm_task_create(type), name);
}

static int task_fail(struct dm_task *task, const char *what, const char *name, struct err *e)
{
	int sys = task ? dm_task_get_errno(task) : ENOMEM;

	return err_set(e, FAIL_SYS, sys, what, "%s %s: %s", what, name,
		       sys ? strerror(sys) : "refused");
}

int dm_create(const char *name, const struct dm_row *rows, size_t count, struct err *e)
{
	AUTO_TASK struct dm_task *task = task_new(DM_DEVICE_CREATE, name);
	size_t i;

	for (i = 0; task && i < count; i++)
		if (!dm_task_add_target(task, rows[i].start, rows[i].length, rows[i].type,
					rows[i].params))
			return FAIL(e, FAIL_SYS, "dm create %s: no memory", name);
	if (!task || !dm_task_run(task))
		return task_fail(task, "dm create", name, e);
	dm_task_update_nodes();
	return 0;
}

static int read_rows(struct dm_task *task, const char *name, struct dm_mapping *m, struct err *e)
{
	uint64_t start, length;
	char *type, *params;
	struct dm_row *row;
	void *next = NULL;

	do {
		next = dm_get_next_target(task, next, &start, &length, &type, &params);
		if (!type)
			break;
		if (m->row_count == DM_ROWS || !params || strlen(type) >= sizeof(row->type) ||
		    strlen(params) >= sizeof(row->params))
			return FAIL(e, FAIL_FORGED, "%s: a table that is not ours", name);
		row = &m->rows[m->row_count++];
		row->start = start;
		row->length = length;
		(void)snprintf(row->type, sizeof(row->type), "%s", type);
		(void)snprintf(row->params, sizeof(row->params), "%s", params);
	} while (next);
	return 0;
}

static int read_table(const char *name, struct dm_mapping *m, struct err *e)
{
	AUTO_TASK struct dm_task *task = task_new(DM_DEVICE_TABLE, name);
	struct dm_info info;

	/* A table that isn't ours could have a key in it. */
	if (!task || !dm_task_secure_data(task) || !dm_task_run(task) ||
	    !dm_task_get_info(task, &info))
		return task_fail(task, "dm table", name, e);
	if (!info.exists)
		return err_set(e, FAIL_SYS, ENXIO, __func__, "dm table %s: no such mapping", name);
	m->rdev = makedev(info.major, info.minor);
	return read_rows(task, name, m, e);
}

static int read_lower(const char *name, struct dm_mapping *m, struct err *e)
{
	AUTO_TASK struct dm_task *task = task_new(DM_DEVICE_DEPS, name);
	struct dm_deps *deps;

	if (!task || !dm_task_run(task))
		return task_fail(task, "dm deps", name, e);
	deps = dm_task_get_deps(task);
	if (!deps || deps->count > DM_ROWS)
		return FAIL(e, FAIL_FORGED, "%s: stands on devices that are not ours", name);
	for (; m->lower_count < deps->count; m->lower_count++)
		m->lower[m->lower_count] = (dev_t)deps->device[m->lower_count];
	return 0;
}

int dm_read(const char *name, struct dm_mapping *ret, struct err *e)
{
	struct dm_mapping m = { 0 };
	int failed = read_table(name, &m, e);

	if (!failed)
		failed = read_lower(name, &m, e);
	if (!failed)
		*ret = m;
	return failed;
}

int dm_remove(const char *name, uint64_t deadline_ms, struct err *e)
{
	int sys;

	do {
		AUTO_TASK struct dm_task *task = task_new(DM_DEVICE_REMOVE, name);

		if (task && dm_task_run(task)) {
			dm_task_update_nodes();
			return 0;
		}
		sys = task ? dm_task_get_errno(task) : ENOMEM;
		if (sys == ENXIO)
			return 0;
		(void)task_fail(task, "dm remove", name, e);
	} while (sys == EBUSY && wait_retry(RETRY_MS, deadline_ms));
	return -(int)FAIL_SYS;
}
