/*
 * One handshake with the broker and what it leaves: a cookie, a key, and a time to live. Private to
 * attest/broker. Spec: coco-protocol reference, 1.2 to 1.4.
 */
#pragma once

#include <openssl/evp.h>
#include <stdbool.h>

#include "attest/broker/cookie.h"
#include "attest/broker/kbs.h"
#include "attest/broker/refusal.h"
#include "attest/transport/http.h"

/* What a handshake works with: loans. */
struct session_peer {
	struct http *http;
	const char *tee;
	struct span initdata;
	const struct kbs_io *io;
	struct kbs_counts *counts;
};

/* All zero: none. Times are clock_boot_ms(). */
struct session {
	EVP_PKEY *key; /* what the broker wraps resources to; fresh with each handshake */
	char cookie[sizeof(((struct cookie *)0)->pair)];
	uint64_t begin_ms;
	uint64_t end_ms;
};

#define AUTO_SESSION __attribute__((cleanup(session_done)))

/* One request; *ret is an answer with status 200. Otherwise *ret_action says what may help; `path`
 * is the resource asked for, or NULL in the handshake. */
int session_call(const struct session_peer *p, const struct http_request *request, const char *path,
		 uint64_t deadline_ms, struct answer *ret, enum refusal_action *ret_action,
		 struct err *e);

/* The whole handshake. *ret is empty before. Errors are refusal_read()'s, http_call()'s, io's. */
int session_open(const struct session_peer *p, uint64_t deadline_ms, struct session *ret,
		 enum refusal_action *ret_action, struct err *e);

/* Missing, over, or about to be: less than a fifth of its life left, or less than 30 s (half of a
 * life shorter than a minute). */
bool session_is_due(const struct session *s, uint64_t now_ms);

/* Wipes it; fine when empty. */
void session_done(struct session *s);
