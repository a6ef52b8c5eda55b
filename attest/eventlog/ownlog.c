#include "attest/eventlog/ownlog.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/lock.h"

#define MAGIC	    "sevlogV1"
#define MAGIC_BYTES 8
#define HEAD_BYTES  4096

/*
 * What both lives of us share. `state` is the one word that commits: entries counted in (low half)
 * and the length of one that is begun (high half). The chain has two places for its head, and
 * `turn` says which one counts.
 */
struct ownlog_page {
	char magic[MAGIC_BYTES];
	char strength[8];
	_Atomic uint64_t state;
	uint8_t before[LOG_REGISTER_BYTES]; /* the register, when the intent was written */
	_Atomic uint64_t turn;
	uint8_t chain[2][LOG_REGISTER_BYTES];
};
_Static_assert(sizeof(struct ownlog_page) <= HEAD_BYTES, "entries begin behind it");

#define ENTRIES_BYTES (LIMIT_OWN_LOG_BYTES - HEAD_BYTES)

void (*ownlog_step)(int step);

static void step(int n)
{
	if (ownlog_step)
		ownlog_step(n);
}

/* --- The words of the page -------------------------------------------------------------------- */

static uint8_t *entries(const struct ownlog *l)
{
	return (uint8_t *)l->page + HEAD_BYTES;
}

static size_t counted(const struct ownlog *l)
{
	return (uint32_t)atomic_load(&l->page->state);
}

static size_t begun(const struct ownlog *l)
{
	return (size_t)(atomic_load(&l->page->state) >> 32);
}

static void commit(struct ownlog *l, size_t count_in, size_t begin)
{
	atomic_store(&l->page->state, (uint64_t)begin << 32 | (uint32_t)count_in);
}

/* --- The chain -------------------------------------------------------------------------------- */

static int extended(const struct log_register *reg, const uint8_t *value, const uint8_t *digest,
		    struct digest *ret, struct err *e)
{
	uint8_t both[2 * LOG_REGISTER_BYTES];
	size_t len = digest_alg_len(reg->alg);

	memcpy(both, value, len);
	memcpy(both + len, digest, len);
	return digest_of(reg->alg, span(both, 2 * len), ret, e);
}

static int chain_read(void *ctx, uint8_t ret[static LOG_REGISTER_BYTES], struct err *e)
{
	const struct ownlog_page *page = ctx;

	(void)e;
	memcpy(ret, page->chain[atomic_load(&page->turn) % 2], LOG_REGISTER_BYTES);
	return 0;
}

static int chain_extend(void *ctx, const uint8_t digest[static LOG_REGISTER_BYTES], struct err *e)
{
	static const struct log_register reg = { .alg = DIGEST_SHA384 };
	struct ownlog_page *page = ctx;
	uint64_t turn = atomic_load(&page->turn);
	struct digest next;
	int failed = extended(&reg, page->chain[turn % 2], digest, &next, e);

	if (failed)
		return failed;
	memcpy(page->chain[(turn + 1) % 2], next.at, LOG_REGISTER_BYTES);
	atomic_store(&page->turn, turn + 1);
	return 0;
}

/* Numbered as RTMR3 is, which is what a reader of such logs expects our events in. */
static struct log_register chain_register(struct ownlog_page *page)
{
	return (struct log_register){ .strength = "chain",
				      .name = "",
				      .number = 4,
				      .alg = DIGEST_SHA384,
				      .read = chain_read,
				      .extend = chain_extend,
				      .ctx = page };
}

/* --- Finishing -------------------------------------------------------------------------------- */

static bool is_value(const struct ownlog *l, const uint8_t *a, const uint8_t *b)
{
	return !memcmp(a, b, digest_alg_len(l->reg.alg));
}

static int foreign(const struct ownlog *l, struct err *e)
{
	return FAIL(e, FAIL_FORGED,
		    "event log: %s holds what the log does not lead to: somebody else extended it",
		    *l->reg.name ? l->reg.name : "the chain");
}

static int replay(struct ownlog *l, struct digest *ret, uint32_t *ret_count, struct err *e)
{
	struct span left = span(entries(l), counted(l));
	struct digest head = { .len = digest_alg_len(l->reg.alg) };
	uint32_t count = 0;
	struct entry x;
	int failed = 0;

	while (left.len && !failed) {
		failed = entry_read(&l->reg, &left, &x, e);
		if (!failed)
			failed = extended(&l->reg, head.at, x.digest.at, &head, e);
		count++;
	}
	if (failed)
		return failed;
	*ret = head;
	*ret_count = count;
	return 0;
}

/* The register tells how far whoever began came: extended already, not yet, or something else. */
static int finish(struct ownlog *l, struct err *e)
{
	struct span left = span(entries(l) + counted(l), begun(l));
	uint8_t now[LOG_REGISTER_BYTES] = { 0 };
	struct digest after;
	struct entry x;
	int failed = entry_read(&l->reg, &left, &x, e);

	if (failed || left.len)
		return failed ? failed : FAIL(e, FAIL_INPUT, "event log: a torn entry");
	failed = l->reg.read(l->reg.ctx, now, e);
	if (!failed)
		failed = extended(&l->reg, l->page->before, x.digest.at, &after, e);
	if (failed)
		return failed;
	if (is_value(l, now, l->page->before)) {
		failed = l->reg.extend(l->reg.ctx, x.digest.at, e);
		if (!failed)
			failed = l->reg.read(l->reg.ctx, now, e);
	}
	if (failed)
		return failed;
	if (!is_value(l, now, after.at))
		return foreign(l, e);
	commit(l, counted(l) + x.bytes.len, 0);
	return 0;
}

/* Whoever else extends it does so between two of our events. */
static int expect_head(const struct ownlog *l, const uint8_t *now, struct err *e)
{
	return is_value(l, now, l->head.at) ? 0 : foreign(l, e);
}

static int check(struct ownlog *l, struct err *e)
{
	uint8_t now[LOG_REGISTER_BYTES] = { 0 };
	int failed = 0;

	if (counted(l) > ENTRIES_BYTES || begun(l) > ENTRIES_BYTES - counted(l))
		return FAIL(e, FAIL_INPUT, "event log: %zu and %zu bytes", counted(l), begun(l));
	if (begun(l))
		failed = finish(l, e);
	if (!failed)
		failed = replay(l, &l->head, &l->count, e);
	if (!failed)
		failed = l->reg.read(l->reg.ctx, now, e);
	return failed ? failed : expect_head(l, now, e);
}

/* --- Opening ---------------------------------------------------------------------------------- */

static int map(int fd, struct ownlog_page **ret, struct err *e)
{
	struct stat st;
	void *at;

	if (fstat(fd, &st) < 0)
		return FAIL_ERRNO(e, "event log: fstat: %s", strerror(errno));
	if (st.st_size < LIMIT_OWN_LOG_BYTES)
		return FAIL(e, FAIL_INPUT, "event log: memory of %lld bytes",
			    (long long)st.st_size);
	at = mmap(NULL, LIMIT_OWN_LOG_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return FAIL_ERRNO(e, "event log: map: %s", strerror(errno));
	*ret = at;
	return 0;
}

/* The magic comes last: without it nothing has been recorded yet. */
static int claim(struct ownlog *l, struct err *e)
{
	static const char fresh[MAGIC_BYTES];
	struct ownlog_page *page = l->page;

	if (!memcmp(page->magic, fresh, MAGIC_BYTES)) {
		(void)strncpy(page->strength, l->reg.strength, sizeof(page->strength) - 1);
		atomic_thread_fence(memory_order_seq_cst);
		memcpy(page->magic, MAGIC, MAGIC_BYTES);
	}
	if (memcmp(page->magic, MAGIC, MAGIC_BYTES) != 0 ||
	    strncmp(page->strength, l->reg.strength, sizeof(page->strength)) != 0)
		return FAIL(e, FAIL_INPUT, "event log: not one of strength \"%s\"",
			    l->reg.strength);
	return 0;
}

int ownlog_open(int fd, const struct log_register *reg, struct ownlog *ret, struct err *e)
{
	/* Who quotes over the log begins twice: around what the report data covers, and around the
	 * device. */
	struct ownlog l = { .lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP };
	int failed = map(fd, &l.page, e);

	if (failed)
		return failed;
	l.reg = reg ? *reg : chain_register(l.page);
	failed = claim(&l, e);
	if (!failed)
		failed = check(&l, e);
	if (failed) {
		ownlog_close(&l);
		return failed;
	}
	*ret = l;
	return 0;
}

void ownlog_close(struct ownlog *l)
{
	if (l->page)
		(void)munmap(l->page, LIMIT_OWN_LOG_BYTES);
	l->page = NULL;
}

/* --- Recording -------------------------------------------------------------------------------- */

/* An extension that failed may have happened all the same: the register tells. */
static int extend(struct ownlog *l, const struct digest *digest, const struct digest *after,
		  struct err *e)
{
	uint8_t now[LOG_REGISTER_BYTES] = { 0 };
	int failed = l->reg.extend(l->reg.ctx, digest->at, e);

	if (l->reg.read(l->reg.ctx, now, failed ? &(struct err){ 0 } : e) < 0)
		return failed ? failed : -(int)e->kind;
	if (is_value(l, now, after->at))
		return 0;
	if (!failed || !is_value(l, now, l->page->before))
		return foreign(l, e);
	commit(l, counted(l), 0);
	return failed;
}

static int write_intent(struct ownlog *l, const struct buf *entry, struct err *e)
{
	int failed = l->reg.read(l->reg.ctx, l->page->before, e);

	if (!failed)
		failed = expect_head(l, l->page->before, e);
	if (failed)
		return failed;
	step(1);
	memcpy(entries(l) + counted(l), entry->at, entry->len);
	step(2);
	commit(l, counted(l), entry->len);
	step(3);
	return 0;
}

static int record(struct ownlog *l, const struct buf *entry, const struct digest *digest,
		  struct ownlog_event *ret, struct err *e)
{
	struct ownlog_event event = { .index = l->count, .digest = *digest };
	int failed = write_intent(l, entry, e);

	if (!failed)
		failed = extended(&l->reg, l->page->before, digest->at, &event.head, e);
	if (!failed)
		failed = extend(l, digest, &event.head, e);
	if (failed)
		return failed;
	step(4);
	commit(l, counted(l) + entry->len, 0);
	l->head = event.head;
	l->count++;
	step(5);
	if (ret)
		*ret = event;
	return 0;
}

static int append(struct ownlog *l, enum ownlog_who who, const struct entry_text *t,
		  struct ownlog_event *ret, struct err *e)
{
	size_t most = who == EVENT_OURS ? ENTRIES_BYTES : ENTRIES_BYTES - LIMIT_OWN_LOG_RESERVE;
	AUTO_BUF struct buf entry = BUF_EMPTY;
	struct digest digest;
	int failed = 0;

	/* One that a failing register left: it is finished before anything else is begun. */
	if (begun(l))
		failed = check(l, e);
	if (!failed)
		failed = entry_make(&l->reg, t, ENTRIES_BYTES, &entry, &digest, e);
	if (failed)
		return failed;
	if (counted(l) >= most || entry.len > most - counted(l))
		return FAIL(e, FAIL_LIMIT, "the event log is full, with %u events of %zu bytes",
			    l->count, counted(l));
	return record(l, &entry, &digest, ret, e);
}

int ownlog_begin(struct ownlog *l, uint64_t deadline_ms, struct err *e)
{
	if (!l->page)
		return FAIL(e, FAIL_BUG, "there is no event log");
	if (!lock_until(&l->lock, deadline_ms))
		return FAIL(e, FAIL_AGAIN, "the event log is busy: a quote over it is being made");
	return 0;
}

void ownlog_end(struct ownlog *l)
{
	(void)pthread_mutex_unlock(&l->lock);
}

int ownlog_append(struct ownlog *l, enum ownlog_who who, const struct entry_text *t,
		  uint64_t deadline_ms, struct ownlog_event *ret, struct err *e)
{
	int failed = entry_check(t, e);

	if (failed)
		return failed;
	if (who == EVENT_TENANT && entry_is_ours(t->domain))
		return FAIL(e, FAIL_DENIED, "domain: what begins with \"sealinit\" is the guest's");
	failed = ownlog_begin(l, deadline_ms, e);
	if (failed)
		return failed;
	failed = append(l, who, t, ret, e);
	ownlog_end(l);
	return failed;
}

static int has(struct ownlog *l, const struct entry_text *t, bool *ret, struct err *e)
{
	struct span left = span(entries(l), counted(l));
	AUTO_BUF struct buf entry = BUF_EMPTY;
	struct digest digest;
	struct entry x;
	int failed = entry_make(&l->reg, t, ENTRIES_BYTES, &entry, &digest, e);

	*ret = false;
	while (left.len && !failed && !*ret) {
		failed = entry_read(&l->reg, &left, &x, e);
		*ret = !failed && span_is_equal(x.bytes, buf_view(&entry));
	}
	return failed;
}

/* Under the lock. */
static int find(struct ownlog *l, const struct entry_text *t, bool *ret, struct err *e)
{
	int failed = begun(l) ? check(l, e) : 0;

	return failed ? failed : has(l, t, ret, e);
}

static int find_or_append(struct ownlog *l, const struct entry_text *t, bool may_append,
			  uint64_t deadline_ms, bool *ret_found, struct err *e)
{
	int failed = entry_check(t, e);

	if (!failed)
		failed = ownlog_begin(l, deadline_ms, e);
	if (failed)
		return failed;
	failed = find(l, t, ret_found, e);
	if (!failed && !*ret_found && may_append)
		failed = append(l, EVENT_OURS, t, NULL, e);
	ownlog_end(l);
	return failed;
}

int ownlog_has(struct ownlog *l, const struct entry_text *t, uint64_t deadline_ms, bool *ret,
	       struct err *e)
{
	bool found;
	int failed = find_or_append(l, t, false, deadline_ms, &found, e);

	if (!failed)
		*ret = found;
	return failed;
}

int ownlog_once(struct ownlog *l, const struct entry_text *t, uint64_t deadline_ms, struct err *e)
{
	bool found;

	return find_or_append(l, t, true, deadline_ms, &found, e);
}

/* --- Reading ---------------------------------------------------------------------------------- */

int ownlog_view(struct ownlog *l, struct ownlog_view *ret, struct err *e)
{
	uint8_t now[LOG_REGISTER_BYTES] = { 0 };
	int failed = begun(l) ? check(l, e) : 0;

	if (!failed)
		failed = l->reg.read(l->reg.ctx, now, e);
	if (!failed)
		failed = expect_head(l, now, e);
	if (!failed)
		*ret = (struct ownlog_view){ span(entries(l), counted(l)), l->head, l->count };
	return failed;
}

int ownlog_bytes(struct ownlog *l, struct buf *ret, struct err *e)
{
	AUTO_BUF struct buf all = BUF_EMPTY;
	int failed = entry_header(&l->reg, &all, e);

	if (!failed)
		failed = buf_append(&all, span(entries(l), counted(l)),
				    LIMIT_OWN_LOG_BYTES + HEAD_BYTES, e);
	if (!failed)
		*ret = buf_take(&all);
	return failed;
}
