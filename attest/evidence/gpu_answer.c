#include "attest/evidence/gpu_answer.h"

#include <stdio.h>
#include <string.h>

#include "attest/evidence/gpu_chain.h"
#include "base/digest.h"
#include "base/ipc.h"
#include "base/json.h"

#define OFF_NONCE 4 /* of the requester, in a report: SPDM 1.1, GET_MEASUREMENTS */

void gpus_done(struct gpus *g)
{
	buf_done(&g->message);
	*g = GPUS_EMPTY;
}

/* --- Reading ---------------------------------------------------------------------------------- */

static int take(struct span *from, void *ret, size_t len, struct err *e)
{
	if (from->len < len)
		return FAIL(e, FAIL_INPUT, "sealinit-gpu: an answer cut short");
	memcpy(ret, from->at, len);
	*from = span(from->at + len, from->len - len);
	return 0;
}

static int take_span(struct span *from, size_t len, struct span *ret, struct err *e)
{
	if (!len || from->len < len)
		return FAIL(e, FAIL_INPUT, "sealinit-gpu: %zu bytes where %zu are left", len,
			    from->len);
	*ret = span(from->at, len);
	*from = span(from->at + len, from->len - len);
	return 0;
}

/* What it says of itself why there is no evidence. */
static int refusal(const struct gpu_answer *head, struct err *e)
{
	if (head->kind > FAIL_BUG || head->reason >= GPU_REASONS ||
	    !ipc_is_text(head->text, sizeof(head->text)))
		return FAIL(e, FAIL_INPUT, "sealinit-gpu: a refusal of an unknown form");
	return FAIL(e, (enum err_kind)head->kind, "GPUs: %s", head->text);
}

static int check_head(const struct gpu_answer *head, size_t left, struct err *e)
{
	if (head->version != GPU_WIRE_VERSION)
		return FAIL(e, FAIL_INPUT, "sealinit-gpu: an answer of version %u", head->version);
	if (head->kind)
		return left ? FAIL(e, FAIL_INPUT, "sealinit-gpu: a refusal with devices")
			    : refusal(head, e);
	if (head->count > LIMIT_GPUS || head->switches > LIMIT_SWITCHES)
		return FAIL(e, FAIL_LIMIT, "sealinit-gpu: %u GPUs, %u switches", head->count,
			    head->switches);
	if (head->is_ready > 1 || !ipc_is_text(head->driver, sizeof(head->driver)))
		return FAIL(e, FAIL_INPUT, "sealinit-gpu: a state of an unknown form");
	return 0;
}

static const char *arch_name(uint32_t arch)
{
	switch (arch) {
	case NVML_HOPPER:
		return "HOPPER";
	case NVML_BLACKWELL:
		return "BLACKWELL";
	case GPU_WIRE_LS10:
		return "LS10";
	default:
		return NULL;
	}
}

static int bind_report(struct span report, const uint8_t nonce[static BINDING_NONCE_BYTES],
		       struct binding_device *ret, struct err *e)
{
	struct digest d;
	int failed;

	if (report.len < OFF_NONCE + BINDING_NONCE_BYTES)
		return FAIL(e, FAIL_INPUT, "sealinit-gpu: a report of %zu bytes", report.len);
	if (memcmp(report.at + OFF_NONCE, nonce, BINDING_NONCE_BYTES) != 0)
		return FAIL(e, FAIL_FORGED, "GPUs: a report over another nonce than asked");
	failed = digest_of(DIGEST_SHA384, report, &d, e);
	if (!failed)
		memcpy(ret->report_sha384, d.at, sizeof(ret->report_sha384));
	return failed;
}

/* What it is said to be is what its certificate names, and GPUs come first. */
static int read_device(struct span *from, const uint8_t nonce[static BINDING_NONCE_BYTES],
		       bool is_switch, struct gpu_device *ret, struct err *e)
{
	struct gpu_piece piece;
	int failed = take(from, &piece, sizeof(piece), e);

	if (failed)
		return failed;
	ret->arch = arch_name(piece.arch);
	if (!ret->arch)
		return FAIL(e, FAIL_INPUT, "sealinit-gpu: a device of generation %u", piece.arch);
	failed = take_span(from, piece.report_len, &ret->report, e);
	if (!failed)
		failed = take_span(from, piece.chain_len, &ret->chain, e);
	if (!failed)
		failed = bind_report(ret->report, nonce, &ret->bound, e);
	if (!failed)
		failed = gpu_chain_read(ret->chain, &ret->bound, e);
	if (!failed &&
	    (is_switch != (piece.arch == GPU_WIRE_LS10) || is_switch != ret->bound.is_switch))
		failed = FAIL(e, FAIL_INPUT, "sealinit-gpu: a GPU for a switch, or the reverse");
	return failed;
}

static bool has(const struct gpus *g, const struct gpu_device *d)
{
	for (size_t i = 0; i < g->count; i++)
		if (!memcmp(g->at[i].bound.pdi, d->bound.pdi, sizeof(d->bound.pdi)))
			return true;
	return false;
}

static int read_devices(struct span left, const struct gpu_answer *head,
			const uint8_t nonce[static BINDING_NONCE_BYTES], struct gpus *g,
			struct err *e)
{
	g->gpu_count = head->count;
	while (g->count < head->count + head->switches) {
		struct gpu_device *d = &g->at[g->count];
		int failed = read_device(&left, nonce, g->count >= head->count, d, e);

		if (failed)
			return err_add(e, "device %zu", g->count);
		if (has(g, d))
			return FAIL(e, FAIL_FORGED, "GPUs: one device twice");
		g->count++;
	}
	return left.len ? FAIL(e, FAIL_INPUT, "sealinit-gpu: %zu bytes too many", left.len) : 0;
}

static void keep_state(const struct gpu_answer *head, struct gpus *g)
{
	g->state = (struct binding_state){
		.cc = head->cc,
		.devtools = head->devtools,
		.multi_gpu = head->multi_gpu,
		.environment = head->environment,
		.pci_count = head->pci_count,
	};
	_Static_assert(sizeof(g->state.driver) == sizeof(head->driver), "both terminated");
	memcpy(g->state.driver, head->driver, sizeof(g->state.driver));
	g->is_ready = head->is_ready;
}

int gpus_read(struct buf *message, const uint8_t nonce[static BINDING_NONCE_BYTES],
	      struct gpus *ret, struct err *e)
{
	AUTO_GPUS struct gpus g = { .message = buf_take(message) };
	struct span left = buf_view(&g.message);
	struct gpu_answer head;
	int failed = take(&left, &head, sizeof(head), e);

	if (!failed)
		failed = check_head(&head, left.len, e);
	if (failed)
		return failed;
	keep_state(&head, &g);
	failed = read_devices(left, &head, nonce, &g, e);
	if (failed)
		return failed;
	gpus_done(ret);
	*ret = g;
	g = GPUS_EMPTY;
	return 0;
}

bool gpus_are_same(const struct gpus *a, const struct gpus *b)
{
	bool are_same = a->count == b->count;

	for (size_t i = 0; i < a->count; i++)
		are_same = are_same && has(b, &a->at[i]);
	return are_same;
}

/* --- As JSON ---------------------------------------------------------------------------------- */

static int add_device(cJSON *list, const struct gpu_device *d, bool is_coco, struct err *e)
{
	cJSON *o = cJSON_CreateObject();
	int failed = json_add_text(o, "arch", d->arch, e);

	if (!failed && is_coco)
		failed = json_add_text(o, "uuid", "unknown", e);
	if (!failed)
		failed = json_add_b64(o, "evidence", d->report, e);
	if (!failed)
		failed = json_add_b64(o, "certificate", d->chain, e);
	if (!failed)
		return json_add(list, NULL, o, e);
	cJSON_Delete(o);
	return failed;
}

static int add_list(cJSON *to, const char *name, const struct gpus *g, bool is_coco, struct err *e)
{
	AUTO_JSON cJSON *list = cJSON_CreateArray();
	cJSON *taken = list;
	int failed = 0;

	for (size_t i = 0; i < g->count && !failed; i++)
		failed = add_device(list, &g->at[i], is_coco, e);
	if (failed)
		return failed;
	list = NULL;
	return json_add(to, name, taken, e);
}

static int add_state(cJSON *to, const struct binding_state *s, struct err *e)
{
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
		{ "cc", s->cc },
		{ "devtools", s->devtools },
		{ "multi_gpu", s->multi_gpu },
		{ "environment", s->environment },
		{ "pci_count", s->pci_count },
	};
	cJSON *o = cJSON_CreateObject();
	int failed = json_add_text(o, "driver", s->driver, e);

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers) && !failed; i++)
		failed = json_add_u64(o, numbers[i].name, numbers[i].value, e);
	if (!failed)
		return json_add(to, "state", o, e);
	cJSON_Delete(o);
	return failed;
}

int gpus_json(const struct gpus *g, cJSON **ret, struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	int failed = add_list(o, "list", g, false, e);

	if (!failed)
		failed = add_state(o, &g->state, e);
	if (failed)
		return failed;
	*ret = o;
	o = NULL;
	return 0;
}

int gpus_json_coco(const struct gpus *g, cJSON **ret, struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	int failed = add_list(o, "device_evidence_list", g, true, e);

	if (failed)
		return failed;
	*ret = o;
	o = NULL;
	return 0;
}
