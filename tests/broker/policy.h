/*
 * Who gets which resource:
 *
 *   { "version": 1,
 *     "rules": [ { "tee": "sample",
 *                  "measurement": ["abcde"],            launch digests, as the token claims them
 *                  "initdata": ["sha256:<hex>"],        or "any", or "none": no initdata was sent
 *                  "resources": ["default/sealinit/", "default/x/y"] } ] }
 *
 * A resource that ends in "/" is a prefix, any other is exact. The first rule that matches in all
 * four members allows; without one the answer is no.
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

struct broker_policy {
	cJSON *tree; /* checked; every list holds text of the right form */
};

#define BROKER_POLICY_EMPTY ((struct broker_policy){ NULL })
#define AUTO_POLICY	    __attribute__((cleanup(broker_policy_done)))

struct broker_ask {
	const char *tee;
	const char *measurement;
	const char *initdata; /* "sha256:<hex>" or "none"   */
	const char *resource; /* "repository/type/tag"      */
};

/* -FAIL_INPUT names the rule and the member; -FAIL_LIMIT; -FAIL_SYS. */
int broker_policy_parse(struct span text, struct broker_policy *ret, struct err *e);

/* The same from a file, which is opened anew each time. */
int broker_policy_load(const char *path, struct broker_policy *ret, struct err *e);

/* True: allowed. `ret_why` gets a line for a person: which rule allowed, or what to add where. */
bool broker_policy_allows(const struct broker_policy *policy, const struct broker_ask *ask,
			  char *ret_why, size_t size);

void broker_policy_done(struct broker_policy *policy);

/* Three segments of [A-Za-z0-9_-]+[A-Za-z0-9_.-]* (reference 1.6); a name of at most
 * LIMIT_PATH_BYTES. */
bool broker_resource_is_name(const char *name);
