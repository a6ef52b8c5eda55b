/*
 * A connection as a stream of bytes with deadlines: TCP, or TLS over it (tls.h). Non-blocking
 * underneath, and no write raises SIGPIPE.
 */
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/span.h"

struct stream {
	int fd;	  /* ours; -1 when closed         */
	SSL *ssl; /* ours; NULL for plain TCP     */
};

#define STREAM_CLOSED ((struct stream){ -1, NULL })
#define AUTO_STREAM   __attribute__((cleanup(stream_done)))

/*
 * Connects over TCP until `deadline_ms` (clock_boot_ms), without Nagle's delay. `what` names the
 * other side in errors. -FAIL_AGAIN: refused, unreachable, too late. -FAIL_SYS: no socket.
 */
int stream_connect(const struct sockaddr *to, socklen_t to_len, const char *what,
		   uint64_t deadline_ms, struct stream *ret, struct err *e);

/* Writes all of it. -FAIL_AGAIN: the peer is gone or it is too late. */
int stream_write(struct stream *s, struct span bytes, uint64_t deadline_ms, struct err *e);

/*
 * Reads up to `size` bytes, at least one; *ret 0 is the end of the stream, orderly told (with TLS:
 * by close_notify). -FAIL_AGAIN: the connection broke or it is too late.
 */
int stream_read(struct stream *s, void *at, size_t size, uint64_t deadline_ms, size_t *ret,
		struct err *e);

/* Nothing has arrived that nobody asked for, the end included: fit for another request. */
bool stream_is_quiet(struct stream *s);

/* Waits for poll()'s `events` on `fd`. -FAIL_AGAIN when it is too late. */
int stream_wait(int fd, short events, uint64_t deadline_ms, struct err *e);

/* Closes without waiting for anyone; fine when closed. */
void stream_done(struct stream *s);
