/* Characters of XML in UTF-8. Spec: RFC 3629; XML 1.0, production 2 (Char). */
#pragma once

#include "base/span.h"

/* Bytes of the character at the start of `text` (1..4); 0 when there is none that XML allows, or it
 * is a carriage return. */
size_t utf8_length(struct span text);
