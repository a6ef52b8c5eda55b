/*
 * An answer before it is HTTP, and the error bodies of Trustee's KBS.
 * Spec: coco-protocol reference, section 1.7.
 */
#pragma once

#include "base/err.h"
#include "base/span.h"

#define BROKER_ANSWER_BYTES (4 * 1024 * 1024) /* a JWE of the largest resource, and some */

struct broker_answer {
	unsigned int status; /* of HTTP                                                   */
	const char *type;    /* Content-Type, or NULL for none; not ours to free           */
	char cookie[128];    /* a whole Set-Cookie value, or ""                            */
	struct buf body;
};

#define AUTO_ANSWER __attribute__((cleanup(broker_answer_done)))

void broker_answer_done(struct broker_answer *a);

/* Variants of TR:kbs/src/error.rs that a guest can meet. */
enum broker_variant {
	BROKER_ATTESTATION_ERROR,
	BROKER_TOKEN_NOT_FOUND,
	BROKER_TOKEN_VERIFIER_ERROR,
	BROKER_POLICY_DENY,
	BROKER_POLICY_ENGINE_ERROR,
	BROKER_PLUGIN_INTERNAL_ERROR,
	BROKER_JWE_ERROR,
	BROKER_ADMIN_AUTH_ACCESS,
	BROKER_PLUGIN_NOT_FOUND,
};

/* {"type":".../errors/<Variant>","detail":...} with the variant's status and without a
 * Content-Type; `detail` NULL: the variant's own text. -FAIL_SYS. */
int broker_answer_variant(enum broker_variant variant, const char *detail,
			  struct broker_answer *ret, struct err *e);

/* A status with a line of text (or with "": no body and no type), as the framework around the KBS
 * answers. -FAIL_SYS. */
int broker_answer_plain(unsigned int status, const char *text, struct broker_answer *ret,
			struct err *e);

/* "OK", "Unauthorized", ... for the status line. */
const char *broker_status_text(unsigned int status);

/* The whole of it as HTTP/1.1, appended to `ret`. -FAIL_SYS, -FAIL_LIMIT. */
int broker_answer_print(const struct broker_answer *a, _Bool is_last, struct buf *ret,
			struct err *e);
