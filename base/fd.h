/* Descriptors: opened beneath a directory, read with a cap, handed over sealed. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/span.h"

/* Closes when its scope ends; -1 is fine. */
#define AUTO_FD __attribute__((cleanup(fd_done)))

void fd_done(int *fd);

/* Moves ownership: returns the descriptor and leaves -1 behind. */
int fd_take(int *fd);

/* openat2() with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS, O_CLOEXEC added.
 * `name` is relative. A descriptor of the caller's, or -FAIL_SYS. `dir` stays open. */
int fd_open_in(int dir, const char *name, int flags, mode_t mode, struct err *e);

/* Reads to the end of the file. More than `limit` bytes: -FAIL_LIMIT. `fd` stays open. */
int fd_read_all(int fd, size_t limit, struct buf *ret, struct err *e);

/* Writes all of it, however many calls that takes. -FAIL_SYS. `fd` stays open. */
int fd_write_all(int fd, struct span bytes, struct err *e);

/* Reads or writes exactly `len` bytes at `offset`. A short file: -FAIL_INPUT. */
int fd_pread_all(int fd, void *at, size_t len, uint64_t offset, struct err *e);
int fd_pwrite_all(int fd, struct span bytes, uint64_t offset, struct err *e);

/* A small attribute file (sysfs, configfs) beneath `dir`, read whole or written in ONE write().
 * file_read_u64 wants decimal digits and at most one newline behind them (-FAIL_INPUT). */
int file_read(int dir, const char *name, size_t limit, struct buf *ret, struct err *e);
int file_read_u64(int dir, const char *name, uint64_t *ret, struct err *e);
int file_write(int dir, const char *name, struct span bytes, struct err *e);

/* A memfd that holds `bytes` and can't change any more (sealed against write, grow, shrink, seal).
 * The caller's, or -FAIL_SYS. `name` shows in /proc only. */
int fd_seal_bytes(const char *name, struct span bytes, struct err *e);

/* Reads such a memfd from another process. Refuses (-FAIL_INPUT) one that lacks a seal,
 * -FAIL_LIMIT over `limit`. `fd` stays open. */
int fd_unseal_bytes(int fd, size_t limit, struct buf *ret, struct err *e);
