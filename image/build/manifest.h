/*
 * The manifest: what a guest's file system contains, one line a file, and nothing else.
 *
 *	# path                  type  mode  owner  source
 *	/run                    dir   0755  0:0
 *	/init                   link  0777  0:0    /usr/lib/sealinit/sealinit
 *	/dev/console            char  0600  0:0    5:1
 *	/usr/bin/sh             file  0755  0:0    @BUILD@/busybox
 *	!include @BUILD@/libs.manifest
 *	!replace /usr/bin/sh    file  0755  0:0    @BUILD@/other
 *
 * Blanks separate. A source is a file of the building machine (symbolic links are followed), where
 *a link points to, or a device's major:minor. @NAME@ in a source is a variable. A path that was
 *named already takes the word !replace, and that one takes such a path.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

enum entry_type { ENTRY_DIR, ENTRY_FILE, ENTRY_LINK, ENTRY_CHAR };

struct entry {
	enum entry_type type;
	char *path;    /* absolute, without empty, "." or ".." components          */
	char *source;  /* ENTRY_FILE, ENTRY_LINK; "" otherwise                     */
	char *where;   /* "rootfs/manifest:12", for messages                       */
	uint32_t mode; /* permissions and the sticky bit: nothing in the guest is setuid */
	uint32_t uid, gid;
	uint32_t major, minor; /* ENTRY_CHAR */
};

struct manifest {
	struct entry *at;
	size_t count, room;
};

#define MANIFEST_EMPTY ((struct manifest){ NULL, 0, 0 })
#define AUTO_MANIFEST  __attribute__((cleanup(manifest_done)))

struct variable {
	const char *name, *value;
};

struct variables {
	const struct variable *at;
	size_t count;
};

void manifest_done(struct manifest *m);

/* Adds the lines of one manifest and of those that it includes. -FAIL_SYS (can't be read, ENOMEM),
 * -FAIL_LIMIT (over LIMIT_MANIFEST_BYTES, included too deep), -FAIL_INPUT: file and line are in the
 * text. After a failure `m` may hold some of the lines; it is good for manifest_done() alone. */
#define LIMIT_MANIFEST_BYTES (1024 * 1024)
#define LIMIT_MANIFEST_DEPTH 8
int manifest_read(struct manifest *m, const char *file, struct variables vars, struct err *e);

/* As manifest_read, from memory; `name` stands for the file's in messages. */
int manifest_parse(struct manifest *m, struct span text, const char *name, struct variables vars,
		   struct err *e);

/* Sorts by path, parents before what they hold, and refuses (-FAIL_INPUT) an entry whose parent is
 * not a directory of the manifest. */
int manifest_order(struct manifest *m, struct err *e);
