#include "attest/questions.h"

#include <string.h>

#include "attest/events.h"
#include "attest/evidence/probe.h"
#include "base/binding.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/ipc.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

/* The parts of an answer, as far as they are there. */
struct parts {
	uint8_t report_data[REPORT_DATA_BYTES];
	struct gpus gpus; /* that their report data covers */
	cJSON *evidence, *devices, *log;
};

static void parts_done(struct parts *p)
{
	gpus_done(&p->gpus);
	json_done(&p->evidence);
	json_done(&p->devices);
	json_done(&p->log);
}

static int give(cJSON *to, const char *name, cJSON **child, struct err *e)
{
	cJSON *taken = *child;

	*child = NULL;
	return json_add(to, name, taken, e);
}

static int print_evidence(const char *tee, struct parts *p, const struct msg_evidence *q,
			  struct buf *ret, struct err *e)
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	int failed = json_add_text(o, "tee", tee, e);

	if (!failed)
		failed = give(o, "evidence", &p->evidence, e);
	if (!failed)
		failed = json_add_b64(o, "report_data",
				      span(p->report_data, sizeof(p->report_data)), e);
	if (!failed)
		failed = json_add_b64(o, "nonce", span(q->nonce, q->nonce_len), e);
	if (!failed)
		failed = json_add_text(o, "caller", q->caller, e);
	if (!failed && p->devices)
		failed = give(o, "devices", &p->devices, e);
	if (!failed && p->log)
		failed = give(o, "log", &p->log, e);
	return failed ? failed : json_print(o, LIMIT_EVIDENCE_BYTES, ret, e);
}

static int sign(struct boot *b, const struct msg_evidence *q, const struct digest *head,
		uint64_t deadline_ms, struct parts *p, struct err *e)
{
	struct binding_device devices[GPUS_MAX];
	const struct binding all = {
		.caller = q->caller,
		.nonce = span(q->nonce, q->nonce_len),
		.has_devices = p->devices != NULL,
		.devices = devices,
		.device_count = p->gpus.count,
		.state = &p->gpus.state,
		.log_head = span(head->at, head->len),
	};
	int failed;

	for (size_t i = 0; i < p->gpus.count; i++)
		devices[i] = p->gpus.at[i].bound;
	failed = binding_report_data(&all, p->report_data, e);
	if (failed)
		return failed;
	return evidence_report(&b->evidence, span(p->report_data, sizeof(p->report_data)),
			       deadline_ms, &p->evidence, e);
}

/* The log is taken first, since the report data covers its head. A chain may grow meanwhile; what a
 * register holds may not, or the hardware would sign another value. */
static int collect(struct boot *b, const struct msg_evidence *q, uint64_t deadline_ms,
		   struct parts *p, struct err *e)
{
	struct digest head = { .len = 0 };
	int failed = q->parts & PART_LOG ? question_log(b, &p->log, &head, e) : 0;

	return failed ? failed : sign(b, q, &head, deadline_ms, p, e);
}

/* Devices answer before anything is locked: NVML may take its time. */
static int collect_devices(struct gpu_way *way, const struct msg_evidence *q, uint64_t deadline_ms,
			   struct parts *p, struct err *e)
{
	uint8_t nonce[BINDING_NONCE_BYTES];
	int failed;

	if (!(q->parts & PART_GPU))
		return 0;
	failed = binding_gpu_nonce(span(q->nonce, q->nonce_len), SPAN_EMPTY, nonce, e);
	if (!failed)
		failed = gpu_ask(way, GPU_COLLECT, nonce, deadline_ms, &p->gpus, e);
	return failed ? failed : gpus_json(&p->gpus, &p->devices, e);
}

static int collect_all(struct boot *b, struct gpu_way *way, const struct msg_evidence *q,
		       uint64_t deadline_ms, struct parts *p, struct err *e)
{
	int failed = collect_devices(way, q, deadline_ms, p, e);

	if (!failed && b->evidence.log)
		failed = ownlog_begin(b->evidence.log, deadline_ms, e);
	if (failed)
		return failed;
	failed = collect(b, q, deadline_ms, p, e);
	if (b->evidence.log)
		ownlog_end(b->evidence.log);
	return failed;
}

static int check_evidence(const struct msg_evidence *q, struct err *e)
{
	if (!ipc_is_text(q->caller, sizeof(q->caller)) || !*q->caller || !q->nonce_len ||
	    q->nonce_len > LIMIT_NONCE_BYTES)
		return FAIL(e, FAIL_INPUT, "evidence: a nonce has 1 .. %d bytes, a caller a name",
			    LIMIT_NONCE_BYTES);
	if (q->parts & ~(uint32_t)PARTS_ALL)
		return FAIL(e, FAIL_INPUT, "evidence: part %x is not known", q->parts);
	return 0;
}

int question_evidence(struct boot *b, struct gpu_way *way, const struct msg_evidence *q,
		      uint64_t deadline_ms, struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	__attribute__((cleanup(parts_done))) struct parts p = { .log = NULL };
	int failed = check_evidence(q, e);

	if (!failed)
		failed = collect_all(b, way, q, deadline_ms, &p, e);
	if (!failed)
		failed = print_evidence(b->evidence.driver->tee, &p, q, &text, e);
	return failed ? failed : fd_seal_bytes("sealinit-evidence", buf_view(&text), e);
}

static int check_path(const struct boot *b, const struct msg_secret *q, struct err *e)
{
	if (!ipc_is_text(q->path, sizeof(q->path)) || !config_is_resource_path(q->path))
		return FAIL(e, FAIL_INPUT, "a secret is named repository/type/tag");
	if (!b->kbs)
		return FAIL(e, FAIL_DENIED, "the configuration names no broker");
	if (!strcmp(q->path, b->loaded.config.broker.root_secret))
		return FAIL(e, FAIL_DENIED, "the root secret is given to nobody");
	return 0;
}

int question_secret(struct boot *b, const struct msg_secret *q, uint64_t deadline_ms, struct err *e)
{
	AUTO_SECRET struct secret value = SECRET_EMPTY;
	struct err why = { 0 };
	int failed = check_path(b, q, e);

	if (failed)
		return failed;
	failed = b->ops->kbs_fetch(b->kbs, q->path, deadline_ms, &value, &why);
	if (failed)
		return err_set(e, why.kind, why.sys, why.where, "%s%s",
			       why.kind == FAIL_DENIED && why.sys == ENOENT ? SECRET_MISSING : "",
			       why.text);
	failed = events_secret(&b->log, q->path, e);
	return failed ? failed : fd_seal_bytes("sealinit-secret", secret_view(&value), e);
}
