#include "tests/support/evidence/log.h"

#include "tests/forge/forge.h"

static const char *const breaks[] = { "truncated", "relabelled", NULL };

/* Alone it proves nothing, and there is no reference value for it. */
static void make(const struct forge *f)
{
	struct eventlog l = eventlog_cc();

	eventlog_boot(&l, true);
	/* Data that the digest does not cover: what an attacker writes behind the fact. */
	if (forge_breaks(f, "relabelled"))
		l.bytes.at[l.bytes.len - 1] ^= 1;
	if (forge_breaks(f, "truncated"))
		l.bytes.len -= 5;
	else
		eventlog_end(&l, 0xff, 64);
	forge_file(f, "ccel.bin", buf_view(&l.bytes));
	forge_policy(f, "{\"version\":1}");
	eventlog_done(&l);
}

const struct forge_kind forge_log = { "log", breaks, make };
