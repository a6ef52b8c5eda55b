/* A TD, its log and a GPU, bound to each other as attest/evidence/BINDING.md says. */
#include <stdlib.h>
#include <string.h>

#include "base/b64.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"
#include "tests/forge/gpu.h"
#include "tests/forge/quote.h"
#include "tests/support/evidence/pki.h"

#define CALLER "guest"
#define DRIVER "550.90.07"

static const char *const breaks[] = { "nonce",	  "dropped", "twice",  "state",
				      "devtools", "caller",  "report", NULL };

struct machine {
	uint8_t nonce[FORGE_NONCE_BYTES];
	struct gpu_made gpu;
	X509 *rim_root;
	struct forge_td td;
};

static void must(int failed, const struct err *e)
{
	if (failed)
		forge_fail("machine", e->text);
}

/* --- What is signed --------------------------------------------------------------------------- */

static void put(struct buf *b, const void *at, size_t len)
{
	struct err e = { 0 };

	must(buf_append(b, span(at, len), SIZE_MAX / 2, &e), &e);
}

static void put_number(struct buf *b, uint32_t value, size_t len)
{
	for (size_t i = len; i-- > 0;) {
		uint8_t byte = (uint8_t)(value >> 8 * i);

		put(b, &byte, 1);
	}
}

static void put_field(struct buf *b, const void *at, size_t len)
{
	put_number(b, (uint32_t)len, 2);
	put(b, at, len);
}

static void put_text(struct buf *b, const char *text)
{
	put_field(b, text, strlen(text));
}

static struct digest hash(enum digest_alg alg, struct span bytes)
{
	struct digest d;
	struct err e = { 0 };

	must(digest_of(alg, bytes, &d, &e), &e);
	return d;
}

static void make_gpu_nonce(struct machine *m, uint8_t ret[static 32])
{
	AUTO_BUF struct buf b = BUF_EMPTY;
	struct digest key = hash(DIGEST_SHA384, SPAN_EMPTY), d;

	put_text(&b, "sealinit/v1/gpu-nonce");
	put_field(&b, m->nonce, sizeof(m->nonce));
	put_field(&b, key.at, key.len);
	d = hash(DIGEST_SHA256, buf_view(&b));
	memcpy(ret, d.at, 32);
}

static struct digest devices_digest(const struct machine *m, const uint8_t pdi[static 8])
{
	AUTO_BUF struct buf b = BUF_EMPTY, chain = BUF_EMPTY;
	struct digest d;

	for (size_t i = 0; i < m->gpu.cert_count; i++) {
		AUTO_BUF struct buf der = pki_der(m->gpu.certs[i]);

		put(&chain, der.at, der.len);
	}
	put_text(&b, "sealinit/v1/devices");
	put_number(&b, 1, 4);
	put_number(&b, 0, 1); /* a GPU */
	put(&b, pdi, 8);
	d = hash(DIGEST_SHA384, span(m->gpu.report.at, m->gpu.report_len));
	put(&b, d.at, d.len);
	d = hash(DIGEST_SHA384, buf_view(&chain));
	put(&b, d.at, d.len);
	return hash(DIGEST_SHA384, buf_view(&b));
}

static void put_state(struct buf *b, bool devtools)
{
	put_number(b, 1, 1);	    /* CC feature     */
	put_number(b, devtools, 1); /* DevTools       */
	put_number(b, 0, 1);	    /* multi-GPU mode */
	put_number(b, 2, 1);	    /* production     */
	put_text(b, DRIVER);
	put_number(b, 1, 4); /* display functions on the bus */
}

static void make_report_data(const struct forge *f, const struct machine *m,
			     const uint8_t pdi[static 8], uint8_t ret[static 64])
{
	AUTO_BUF struct buf b = BUF_EMPTY, state = BUF_EMPTY;
	struct digest devices = devices_digest(m, pdi), d;

	put_state(&state, forge_breaks(f, "devtools"));
	put_text(&b, "sealinit/v1/composite");
	put_text(&b, CALLER);
	put_field(&b, m->nonce, sizeof(m->nonce));
	put_field(&b, NULL, 0);
	put_field(&b, devices.at, devices.len);
	put_field(&b, state.at, state.len);
	put_field(&b, NULL, 0); /* no log */
	d = hash(DIGEST_SHA512, buf_view(&b));
	memcpy(ret, d.at, 64);
}

/* --- As JSON ---------------------------------------------------------------------------------- */

static cJSON *add_object(cJSON *parent, const char *name)
{
	cJSON *child = cJSON_CreateObject();
	struct err e = { 0 };

	must(json_add(parent, name, child, &e), &e);
	return child;
}

static void add_bytes(cJSON *o, const char *name, struct span bytes)
{
	struct err e = { 0 };

	must(json_add_b64(o, name, bytes, &e), &e);
}

static void add_text(cJSON *o, const char *name, const char *text)
{
	struct err e = { 0 };

	must(json_add_text(o, name, text, &e), &e);
}

static void add_number(cJSON *o, const char *name, uint64_t value)
{
	struct err e = { 0 };

	must(json_add_u64(o, name, value, &e), &e);
}

static void add_flag(cJSON *o, const char *name, bool value)
{
	add_number(o, name, value);
}

static void add_device(cJSON *list, const struct machine *m)
{
	cJSON *o = cJSON_CreateObject();
	struct buf chain = pki_pem(m->gpu.certs, m->gpu.cert_count);
	struct err e = { 0 };

	must(json_add(list, NULL, o, &e), &e);
	add_text(o, "arch", "HOPPER");
	add_bytes(o, "evidence", buf_view(&m->gpu.report));
	add_bytes(o, "certificate", buf_view(&chain));
	buf_done(&chain);
}

static void add_devices(const struct forge *f, cJSON *o, const struct machine *m)
{
	cJSON *devices = add_object(o, "devices"), *list = cJSON_CreateArray(), *state;
	struct err e = { 0 };

	must(json_add(devices, "list", list, &e), &e);
	for (int i = forge_breaks(f, "dropped"); i < 1 + forge_breaks(f, "twice"); i++)
		add_device(list, m);
	state = add_object(devices, "state");
	add_flag(state, "cc", true);
	add_flag(state, "devtools", forge_breaks(f, "devtools"));
	add_number(state, "multi_gpu", forge_breaks(f, "state"));
	add_number(state, "environment", 2);
	add_text(state, "driver", DRIVER);
	add_number(state, "pci_count", 1);
}

static void write_evidence(const struct forge *f, const struct machine *m,
			   const uint8_t report_data[static 64])
{
	AUTO_JSON cJSON *o = cJSON_CreateObject();
	AUTO_BUF struct buf text = BUF_EMPTY;
	cJSON *evidence;
	struct err e = { 0 };

	add_text(o, "tee", "tdx");
	evidence = add_object(o, "evidence");
	add_bytes(evidence, "cc_eventlog", buf_view(&m->td.log));
	add_bytes(evidence, "quote", buf_view(&m->td.quote));
	add_bytes(o, "report_data", span(report_data, 64));
	add_bytes(o, "nonce", span(m->nonce, sizeof(m->nonce)));
	add_text(o, "caller", forge_breaks(f, "caller") ? "another" : CALLER);
	add_devices(f, o, m);
	must(json_print(o, SIZE_MAX / 2, &text, &e), &e);
	forge_file(f, "evidence.json", buf_view(&text));
}

static void write_roots(const struct forge *f, const struct machine *m)
{
	X509 *const roots[] = { m->td.root, m->gpu.root, m->rim_root };

	forge_roots(f, roots, COUNT_OF(roots));
}

static void make(const struct forge *f)
{
	const struct gpu_spec spec = gpu_spec(GPU_GH100);
	uint8_t gpu_nonce[32], report_data[64];
	struct machine m = { 0 };

	forge_nonce(f, m.nonce);
	make_gpu_nonce(&m, gpu_nonce);
	m.gpu = forge_device(f, gpu_nonce, &m.rim_root);
	make_report_data(f, &m, spec.pdi, report_data);
	m.td = forge_td(f, report_data);
	/* After the CPU has signed. */
	if (forge_breaks(f, "report"))
		m.gpu.report.at[m.gpu.report_len - 1] ^= 1;
	write_evidence(f, &m, report_data);
	write_roots(f, &m);
	forge_policy(f, "{\"version\":1,%s,\"gpu\":{\"count\":1,\"min_driver\":\"" DRIVER "\"}}",
		     (const char *)m.td.policy.at);
	gpu_made_done(&m.gpu);
	X509_free(m.rim_root);
	forge_td_done(&m.td);
}

const struct forge_kind forge_machine = { "machine", breaks, make };
