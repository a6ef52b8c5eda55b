/* The forms that bodies and answers come in: PROTOCOL.md, "Forms". */
#pragma once

#include "base/span.h"

enum form { FORM_NONE, FORM_JSON = 1, FORM_RAW = 2, FORM_TEXT = 4, FORM_PROBLEM = 8 };

/* The form that a Content-Type (without parameters) names; FORM_NONE for any other. */
enum form form_of_type(struct span type);

/* The media type of an answer. */
const char *form_type(enum form form);

/* The first form of `accept` that is among `possible` (a set), or `otherwise`. */
enum form form_choose(struct span accept, unsigned int possible, enum form otherwise);

/* How a problem is told to somebody who accepts this: FORM_PROBLEM or FORM_TEXT. */
enum form form_of_problem(struct span accept);
