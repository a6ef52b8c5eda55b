/*
 * What a verifier's service says of evidence: a JWT, or NVIDIA's list of them (NRAS, "detached EAT
 * bundle"). It is somebody else's opinion, made at another time by rules that nobody here can see,
 * and never taken for evidence.
 * Spec: RFC 7519, RFC 9711; gpu-evidence reference 8.4, row 25.
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "base/span.h"

/* Three fields of base64url, joined by dots (the last, a signature, may be empty), of which the
 * first starts with a JSON object; with white space around it. */
bool is_token(struct span text);

/* [["JWT", token], ...]: NRAS's answer, whatever follows. */
bool is_token_list(const cJSON *tree);
