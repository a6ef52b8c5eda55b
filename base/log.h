/*
 * One line an event, to the console (fd 2) and, if given, to /dev/kmsg. Outside bytes are
 * escaped; no call takes a struct secret.
 *
 *   [    1.234] sealinit-attest: text            (seconds since boot)
 */
#pragma once

#include "base/err.h"

enum log_level {
	LOG_LEVEL_ERROR,   /* we stop                  */
	LOG_LEVEL_WARNING, /* we go on, and say so     */
	LOG_LEVEL_INFO,	   /* one line a stage         */
	LOG_LEVEL_DEBUG,
};

/* `program` must outlive the process. `kmsg_fd` stays the caller's; -1 for none. */
void log_open(const char *program, int kmsg_fd);
void log_set_level(enum log_level level);

void log_at(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)	 log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)	 log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)	 log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* "what: text (kind, where, errno)". */
void log_err(enum log_level level, const char *what, const struct err *e);
