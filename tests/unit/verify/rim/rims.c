#include "tests/unit/verify/rim/rims.h"

#include "base/json.h"

struct rims rims;

static void must(int failed, const struct err *e)
{
	if (!failed)
		return;
	fprintf(stderr, "rims: %s\n", e->text);
	abort();
}

static void store(struct verify_store *s, const struct rims_file *f, struct span bytes)
{
	struct err e = { 0 };
	char name[128];

	if (!f->is_asked || !f->suffix)
		return;
	(void)snprintf(name, sizeof(name), "nvidia-rim-%s.%s", f->id, f->suffix);
	must(verify_store_add(s, name, bytes, &e), &e);
}

/* rim_show() on the exact bytes, since the store keeps copies with room behind them. */
static void show(struct span bytes)
{
	AUTO_JSON cJSON *shown = cJSON_CreateObject();
	struct err e = { 0 };

	(void)rim_show(bytes, shown, &e);
}

static void load(const struct context *c, size_t part, struct err *e)
{
	for (size_t i = 0; i < 2; i++) {
		const struct rims_file *f = &rims.files[i];

		rims.found[i] = false;
		if (f->is_asked)
			must(rim_load(c, part, f->kind, f->id, f->chip, f->version, &rims.loaded[i],
				      &rims.found[i], e),
			     e);
	}
}

int rims_judge(const struct context *c, struct part *p, struct err *e)
{
	struct context own = *c;
	struct verify_store *s;

	must(verify_store_new(&s, e), e);
	store(s, &rims.files[0], rims.files[0].is_asked ? p->bytes : SPAN_EMPTY);
	store(s, &rims.files[1], rims.files[0].is_asked ? rims.files[1].bytes : p->bytes);
	if (rims.extra_name)
		must(verify_store_add(s, rims.extra_name, rims.extra, e), e);
	own.store = s;
	verdict_say(c->verdict, p->index, GPU_GENUINE, "as the test says");
	verdict_say(c->verdict, p->index, GPU_CURRENT, "as the test says");
	verdict_say(c->verdict, p->index, FRESH_ANSWERS, "as the test says");
	load(&own, p->index, e);
	rim_compare(&own, p->index, rims.found[0] ? &rims.loaded[0] : NULL,
		    rims.found[1] ? &rims.loaded[1] : NULL, rims.measured, rims.nvdec);
	if (!rims.is_quick)
		show(p->bytes);
	verify_store_free(s);
	return 0;
}

void rims_init(struct rig *r, const struct rim_signer *by)
{
	struct err e = { 0 };

	rims = (struct rims){ .nvdec = 0x55 };
	rig_init(r, PART_GPU);
	r->policy.gpu.revocation_if_present = true;
	r->policy.gpu.driver_rim_if_present = true;
	if (by)
		must(certs_add_ref(&r->test_roots, by->certs[RIM_CERT_ROOT], &e), &e);
}

void rims_ask(enum rim_kind kind, const struct rim_spec *s)
{
	static const char *const ids[] = { RIMS_DRIVER_ID, RIMS_VBIOS_ID, RIMS_SWITCH_ID };

	rims.files[kind == RIM_VBIOS] = (struct rims_file){
		true, kind, ids[kind], s->chip, s->version, "xml", SPAN_EMPTY,
	};
	rims_measure(s);
}

void rims_measure(const struct rim_spec *s)
{
	for (size_t i = 0; i < RIM_INDICES; i++) {
		rims.measured[i].present = true;
		if (s->values[i].active)
			memcpy(rims.measured[i].at, s->values[i].at[0], RIM_HASH_BYTES);
	}
}

enum verify_decision rims_run(struct rig *r, const struct rim_spec *s, const struct rim_signer *by)
{
	AUTO_BUF struct buf xml = rim_make(s, by);

	return rig_run(r, rims_judge, buf_view(&xml));
}

struct rim_signer rims_signer(void)
{
	return rim_signer_make(&(struct rim_signer_spec){ .chip = "GH100" });
}
