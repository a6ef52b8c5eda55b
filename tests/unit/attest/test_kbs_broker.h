/*
 * A key broker for tests: real nonces, keys and JWE, over the server of test_http_server.h, and any
 * answer that a test wants in place of its own. It believes all evidence; report data it checks.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "attest/broker/kbs.h"
#include "tests/unit/attest/test_http_server.h"

/* Answers requests `at` (0 ..) to `at` + `times` - 1 in the broker's place. */
struct plan {
	unsigned int at;
	unsigned int times;
	int status; /* 0: the connection ends without a word */
	char body[400];
};

struct broker {
	struct plan plan;
	char fields[200];	    /* for the answer to a request; "": its cookie as usual */
	char challenge_params[80];  /* "": the empty string, as upstream                    */
	char claims[80];	    /* of the token; "": five minutes                       */
	const char *refuse_attests; /* a 401 to each attestation, with this body; or NULL   */
	const char *refuse_gets;    /* and to each resource                                 */
	char want_initdata[64];	    /* in the attestation's body; "": null                  */

	/* What it saw. */
	unsigned int requests;
	unsigned int auths;
	unsigned int attests;
	unsigned int gets;
	char order[64]; /* 'a' auth, 't' attest, 'g' get, in turn               */
	char last_path[300];
	char keys[8][200]; /* each attestation's JWK                               */
	char nonce[40];
	char cookie[40];	 /* of the session in force                              */
	uint8_t report_data[64]; /* as the guest's evidence was asked for                */
	size_t report_data_len;
	char complaint[200]; /* what was wrong with a request; ""                    */

	/* The guest's side. */
	unsigned int evidences;
	int evidence_result;
	unsigned int evidence_failures; /* so many calls fail first */
	struct server server;
};

#define BROKER_SECRET "a resource of thirty-two bytes.."

void broker_start(struct broker *b);
void broker_stop(struct broker *b);

/* A session with it, over plain HTTP; over TLS with these roots. */
struct kbs *broker_client(struct broker *b, struct span initdata);
struct kbs *broker_tls_client(struct broker *b, struct span roots);

/* The same server in a process of its own, where no fault is injected; kill it. What it sees stays
 * there. broker_try() is broker_client() where it may fail. */
pid_t broker_fork(struct broker *b);
int broker_try(struct broker *b, struct kbs **ret, struct err *e);
