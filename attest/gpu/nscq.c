#include "attest/gpu/nscq.h"

#include <stdio.h>
#include <string.h>

#include "attest/gpu/load.h"
#include "base/mem.h"

#define CANARY_BYTES 64
#define CANARY	     0xc5

static const struct load_symbol symbols[] = {
	{ "nscq_session_create", offsetof(struct nscq_calls, create), false },
	{ "nscq_session_destroy", offsetof(struct nscq_calls, destroy), false },
	{ "nscq_session_path_observe", offsetof(struct nscq_calls, observe), false },
	{ "nscq_session_set_input", offsetof(struct nscq_calls, set_input), false },
	{ "nscq_uuid_to_label", offsetof(struct nscq_calls, label), false },
};

static int failed_call(struct gpu_why *w, const char *what, int8_t code)
{
	return WHY(w, GPU_CALL, FAIL_SYS, "%s: NSCQ says %d", what, code);
}

/* The one warning that there is; another's meaning is not known here. */
static bool is_done(int8_t code)
{
	return code == NSCQ_OK || code == NSCQ_WARNING_RDT;
}

int nscq_open(struct nscq *ret, const char *path, struct gpu_why *w)
{
	struct nscq n = { 0 };
	struct nscq_session session;

	if (load_library(path, symbols, COUNT_OF(symbols), &n.call, w) < 0)
		return err_add(&w->err, "NSCQ, of the driver's version, is needed");
	session = n.call.create(NSCQ_MOUNT_DEVICES);
	if (!is_done(session.code))
		return failed_call(w, "session", session.code);
	if (!session.at)
		return WHY(w, GPU_CALL, FAIL_SYS, "session: NSCQ gave none");
	n.session = session.at;
	*ret = n;
	return 0;
}

void nscq_close(struct nscq *n)
{
	if (n->session)
		n->call.destroy(n->session);
	n->session = NULL;
}

static bool is_same(const struct nscq_uuid *a, const struct nscq_uuid *b)
{
	return !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/* --- Which switches --------------------------------------------------------------------------- */

struct finding {
	struct nscq_list list;
	int failed; /* at the first callback that went wrong */
	struct gpu_why *w;
};

static int find_one(struct nscq_list *l, int8_t code, const struct nscq_uuid *uuid,
		    struct gpu_why *w)
{
	if (!is_done(code))
		return failed_call(w, "a switch's name", code);
	if (!uuid)
		return WHY(w, GPU_ONCE, FAIL_INPUT, "NSCQ knows a switch without a name");
	for (unsigned i = 0; i < l->count; i++)
		if (is_same(&l->at[i].uuid, uuid))
			return WHY(w, GPU_ONCE, FAIL_INPUT, "NSCQ knows one switch twice");
	if (l->count == LIMIT_SWITCHES)
		return WHY(w, GPU_COUNT, FAIL_LIMIT, "over %d switches", LIMIT_SWITCHES);
	l->at[l->count++].uuid = *uuid;
	return 0;
}

static void on_uuid(const struct nscq_uuid *device, int8_t code, const struct nscq_uuid *uuid,
		    void *user)
{
	struct finding *f = user;

	(void)device;
	if (!f->failed)
		f->failed = find_one(&f->list, code, uuid, f->w);
}

/* It becomes a step of the paths that we ask for. */
static bool is_label(const char *at, size_t size)
{
	size_t len = strnlen(at, size);

	for (size_t i = 0; i < len; i++)
		if (at[i] <= 0x20 || at[i] > 0x7e || strchr("/{}", at[i]))
			return false;
	return len && len < size;
}

static int name_one(const struct nscq *n, struct nscq_switch *s, struct gpu_why *w)
{
	struct {
		char label[NSCQ_LABEL_BYTES];
		uint8_t canary[CANARY_BYTES];
	} room = { 0 };
	int8_t code;

	memset(room.canary, CANARY, sizeof(room.canary));
	code = n->call.label(&s->uuid, room.label, 0);
	if (!is_done(code))
		return failed_call(w, "label", code);
	for (size_t i = 0; i < sizeof(room.canary); i++)
		if (room.canary[i] != CANARY)
			return WHY(w, GPU_SIZE, FAIL_LIMIT, "NSCQ wrote beyond a label");
	if (!is_label(room.label, sizeof(room.label)))
		return WHY(w, GPU_SIZE, FAIL_INPUT, "a switch's label is no name");
	memcpy(s->label, room.label, sizeof(s->label));
	return 0;
}

int nscq_find(const struct nscq *n, struct nscq_list *ret, struct gpu_why *w)
{
	struct finding f = { .w = w };
	int8_t code = n->call.observe(n->session, NSCQ_UUIDS, (nscq_callback *)on_uuid, &f, 0);

	if (!f.failed && !is_done(code))
		f.failed = failed_call(w, "the list of switches", code);
	for (unsigned i = 0; i < f.list.count && !f.failed; i++)
		f.failed = name_one(n, &f.list.at[i], w);
	if (!f.failed)
		*ret = f.list;
	return f.failed;
}

/* --- What they say ---------------------------------------------------------------------------- */

/* A question, and what the callbacks made of its answers. */
struct question {
	const char *what;
	const struct nscq_switch *at; /* who is asked */
	unsigned count;
	unsigned heard;	   /* a bit for each of them               */
	int failed;	   /* at the first callback that went wrong */
	int8_t *numbers;   /* one for each of them, or */
	struct buf *bytes; /* those of the one        */
	struct gpu_why *w;
};

static int hear_from(struct question *q, const struct nscq_uuid *device, int8_t code,
		     unsigned *ret_index)
{
	unsigned i = 0;

	if (!is_done(code))
		return failed_call(q->w, q->what, code);
	while (i < q->count && !(device && is_same(device, &q->at[i].uuid)))
		i++;
	if (i == q->count)
		return WHY(q->w, GPU_ONCE, FAIL_INPUT, "%s: NSCQ spoke of another switch", q->what);
	if (q->heard & 1u << i)
		return WHY(q->w, GPU_ONCE, FAIL_INPUT, "%s: NSCQ spoke of %.40s twice", q->what,
			   q->at[i].label);
	q->heard |= 1u << i;
	*ret_index = i;
	return 0;
}

static void on_number(const struct nscq_uuid *device, int8_t code, int8_t value, void *user)
{
	struct question *q = user;
	unsigned i;

	if (!q->failed)
		q->failed = hear_from(q, device, code, &i);
	if (!q->failed)
		q->numbers[i] = value;
}

static int take(struct question *q, struct span array, uint32_t len)
{
	if (!len || len > array.len)
		return WHY(q->w, GPU_SIZE, FAIL_LIMIT, "%s: %u bytes in a buffer of %zu", q->what,
			   len, array.len);
	return buf_append(q->bytes, span(array.at, len), array.len, &q->w->err);
}

static void on_certificate(const struct nscq_uuid *device, int8_t code, struct nscq_certificate c,
			   void *user)
{
	struct question *q = user;
	unsigned i;

	if (!q->failed)
		q->failed = hear_from(q, device, code, &i);
	if (!q->failed)
		q->failed = take(q, span(c.chain, sizeof(c.chain)), c.len);
}

static void on_report(const struct nscq_uuid *device, int8_t code, struct nscq_report r, void *user)
{
	struct question *q = user;
	unsigned i;

	if (!q->failed)
		q->failed = hear_from(q, device, code, &i);
	if (!q->failed)
		q->failed = take(q, span(r.report, sizeof(r.report)), r.len);
}

/* A callback that fails does not make the call fail, nor does one that never comes. */
static int ask(const struct nscq *n, const char *path, nscq_callback *f, struct question *q)
{
	int8_t code = n->call.observe(n->session, path, f, q, 0);

	if (q->failed)
		return q->failed;
	if (!is_done(code))
		return failed_call(q->w, q->what, code);
	if (q->heard != (1u << q->count) - 1)
		return WHY(q->w, GPU_ONCE, FAIL_INPUT, "%s: NSCQ left a switch out", q->what);
	return 0;
}

static int ask_one(const struct nscq *n, const char *name, nscq_callback *f, struct question *q)
{
	char path[NSCQ_LABEL_BYTES + 32];

	(void)snprintf(path, sizeof(path), "/%s/config/%s", q->at->label, name);
	return ask(n, path, f, q);
}

int nscq_archs(const struct nscq *n, const struct nscq_list *l, int8_t ret[static LIMIT_SWITCHES],
	       struct gpu_why *w)
{
	int8_t got[LIMIT_SWITCHES] = { 0 };
	struct question q = {
		.what = "architecture", .at = l->at, .count = l->count, .numbers = got, .w = w
	};
	int failed = ask(n, NSCQ_ARCHS, (nscq_callback *)on_number, &q);

	if (!failed)
		memcpy(ret, got, sizeof(got));
	return failed;
}

int nscq_tnvl(const struct nscq *n, const struct nscq_switch *s, int8_t *ret, struct gpu_why *w)
{
	int8_t got = 0;
	struct question q = { .what = "mode", .at = s, .count = 1, .numbers = &got, .w = w };
	int failed = ask_one(n, "pcie_mode", (nscq_callback *)on_number, &q);

	if (!failed)
		*ret = got;
	return failed;
}

int nscq_report(const struct nscq *n, const struct nscq_switch *s,
		const uint8_t nonce[static NSCQ_NONCE_BYTES], struct buf *ret, struct gpu_why *w)
{
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct question q = { .what = "report", .at = s, .count = 1, .bytes = &got, .w = w };
	uint8_t input[NSCQ_NONCE_BYTES];
	int failed;
	int8_t code;

	memcpy(input, nonce, sizeof(input));
	code = n->call.set_input(n->session, 0, input, sizeof(input));
	if (!is_done(code))
		return failed_call(w, "nonce", code);
	failed = ask_one(n, "attestation_report", (nscq_callback *)on_report, &q);
	if (!failed)
		*ret = buf_take(&got);
	return failed;
}

int nscq_chain(const struct nscq *n, const struct nscq_switch *s, struct buf *ret,
	       struct gpu_why *w)
{
	AUTO_BUF struct buf got = BUF_EMPTY;
	struct question q = { .what = "certificates", .at = s, .count = 1, .bytes = &got, .w = w };
	int failed = ask_one(n, "certificate", (nscq_callback *)on_certificate, &q);

	if (!failed)
		*ret = buf_take(&got);
	return failed;
}
