/*
 * Fixed-size messages between the programs, over SOCK_SEQPACKET pairs that PID 1 makes.
 * Nobody blocks in a send: a peer that doesn't read gets FAIL_AGAIN, and the sender decides.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

#define IPC_VERSION    1
#define IPC_BODY_BYTES 1024

struct ipc_msg {
	uint16_t version; /* IPC_VERSION                                          */
	uint16_t op;	  /* base/messages.h                                      */
	uint32_t id;	  /* an answer carries its question's id                  */
	uint32_t status;  /* 0, or an enum err_kind; the body is then its text    */
	uint32_t length;  /* of the body, at most IPC_BODY_BYTES                  */
	uint8_t body[IPC_BODY_BYTES];
};

/* Wipes a message that may have carried a key. */
#define AUTO_MSG __attribute__((cleanup(ipc_msg_wipe)))

void ipc_msg_wipe(struct ipc_msg *m);

/* A connected pair, both ends O_CLOEXEC. -FAIL_SYS. */
int ipc_pair(int ret[2], struct err *e);

/* Sends one message; `fd` (or -1) travels along and stays the caller's.
 * -FAIL_AGAIN the peer's queue is full; -FAIL_SYS (EPIPE, ECONNRESET) it is gone; -FAIL_BUG body
 * too long. */
int ipc_send(int sock, uint16_t op, uint32_t id, struct span body, int fd, struct err *e);

/* An answer that says why not: status = kind, body = text. */
int ipc_send_failure(int sock, uint16_t op, uint32_t id, const struct err *why, struct err *e);

/*
 * Receives one message, waiting until `deadline_ms` (clock_boot_ms; 0 = don't wait).
 * *ret_fd is a descriptor of the caller's (O_CLOEXEC), or -1.
 * -FAIL_AGAIN nothing came; -FAIL_SYS with ECONNRESET the peer is gone; -FAIL_INPUT a message of
 * another version, size or shape, or with more than one descriptor.
 */
int ipc_recv(int sock, uint64_t deadline_ms, struct ipc_msg *ret, int *ret_fd, struct err *e);

/* Copies a body of exactly `len` bytes into a struct. -FAIL_INPUT if it has another length. */
int ipc_body(const struct ipc_msg *m, void *ret, size_t len, struct err *e);

/* Fills `e` from an answer with a status; returns -kind. */
int ipc_failure(const struct ipc_msg *m, struct err *e);

/* A text field of a message: terminated within its size, printable. */
bool ipc_is_text(const char *field, size_t size);
