#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define LINE_BYTES 512

static struct {
	const char *program;
	int kmsg_fd;
	enum log_level level;
} logger = { "sealinit", -1, LOG_LEVEL_INFO };

void log_open(const char *program, int kmsg_fd)
{
	logger.program = program;
	logger.kmsg_fd = kmsg_fd;
}

void log_set_level(enum log_level level)
{
	logger.level = level;
}

/* A line that can't be written has nowhere to be reported. */
static void put(int fd, const char *line, size_t len)
{
	ssize_t ignored = write(fd, line, len);

	(void)ignored;
}

static size_t escape(char *text)
{
	char *at = text;

	for (; *at; at++)
		if (*at < 0x20 || *at > 0x7e)
			*at = '?';
	return (size_t)(at - text);
}

void log_at(enum log_level level, const char *format, ...)
{
	static const char *const marks[] = { "error: ", "warning: ", "", "debug: " };
	static const int priorities[] = { 3, 4, 6, 7 };
	char text[LINE_BYTES], line[LINE_BYTES + 64];
	uint64_t now = clock_boot_ms();
	va_list args;
	int len;

	if (level > logger.level)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)escape(text);

	len = snprintf(line, sizeof(line), "[%5llu.%03llu] %s: %s%s\n",
		       (unsigned long long)(now / 1000), (unsigned long long)(now % 1000),
		       logger.program, marks[level], text);
	if (len >= (int)sizeof(line))
		len = (int)sizeof(line) - 1;
	put(STDERR_FILENO, line, (size_t)len);
	if (logger.kmsg_fd < 0)
		return;
	len = snprintf(line, sizeof(line), "<%d>%s: %s%s", priorities[level], logger.program,
		       marks[level], text);
	put(logger.kmsg_fd, line, len < (int)sizeof(line) ? (size_t)len : sizeof(line) - 1);
}

void log_err(enum log_level level, const char *what, const struct err *e)
{
	log_at(level, "%s: %s (%s, %s, errno %d)", what, e->text, err_kind_name(e->kind),
	       e->where ? e->where : "?", e->sys);
}
