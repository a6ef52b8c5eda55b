#include "attest/verify/cli/explain.h"

#include <stdint.h>
#include <string.h>

#include "attest/verify/cli/nearest.h"
#include "attest/verify/cli/page.h"
#include "attest/verify/reason.h"
#include "attest/verify/words.h"

#define CODE_COLUMN 28
#define WORD_COLUMN 38

static void put_list(struct page *p)
{
	for (size_t i = 0; i < REASONS; i++) {
		const struct reason_row *row = reason_row((enum reason)i);

		page_text(p, row->code);
		page_column(p, CODE_COLUMN);
		page_text(p, verify_dimension_name(word_dimension(row->word)));
		page_column(p, WORD_COLUMN);
		page_put(p, "%s%s", verify_word_name(row->word),
			 row->may_allow ? " (may be allowed)" : "");
		page_end_line(p);
	}
}

static void put_row(struct page *p, const struct reason_row *row)
{
	page_put(p, "%s -- %s: %s", row->code, verify_dimension_name(word_dimension(row->word)),
		 verify_word_name(row->word));
	page_end_line(p);
	page_end_line(p);
	page_wrap(p, 0, row->text);
	if (word_decision(row->word) == VERIFY_ACCEPTED)
		return;
	page_end_line(p);
	if (row->may_allow)
		page_put(p, "A policy may let it pass: \"allow\": [\"%s\"].", row->code);
	else
		page_text(p, "No policy can let it pass.");
	page_end_line(p);
}

static int refuse(const char *code, struct err *e)
{
	size_t best = SIZE_MAX;
	const char *name = NULL;

	for (size_t i = 0; i < REASONS; i++) {
		const char *known = reason_row((enum reason)i)->code;
		size_t distance = nearest_distance(code, known);

		if (distance < best) {
			best = distance;
			name = known;
		}
	}
	if (name && nearest_is_close(best, name))
		return FAIL(e, FAIL_INPUT, "there is no code '%.64s': did you mean %s?", code,
			    name);
	return FAIL(e, FAIL_INPUT, "there is no code '%.64s': --explain list has them all", code);
}

int explain_code(const char *code, struct buf *ret, struct err *e)
{
	struct page p = { .out = ret, .e = e };
	enum reason r = reason_find(code);

	if (!strcmp(code, "list"))
		put_list(&p);
	else if (r == REASONS)
		return refuse(code, e);
	else
		put_row(&p, reason_row(r));
	return p.failed;
}
