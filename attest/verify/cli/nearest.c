#include "attest/verify/cli/nearest.h"

#include <stdint.h>
#include <string.h>

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein's distance, one row at a time. */
size_t nearest_distance(const char *typed, const char *name)
{
	size_t row[NEAREST_BYTES + 1], n = strlen(typed), m = strlen(name);

	if (n > NEAREST_BYTES || m > NEAREST_BYTES)
		return SIZE_MAX;
	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t above = row[j], cost = typed[i - 1] != name[j - 1];

			row[j] = least(above + 1, row[j - 1] + 1, diagonal + cost);
			diagonal = above;
		}
	}
	return row[m];
}

_Bool nearest_is_close(size_t distance, const char *name)
{
	return distance <= 2 || distance <= strlen(name) / 3;
}
