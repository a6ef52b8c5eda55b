/*
 * Manifests of reference values: shown, and judged from a store, as the file and as the service's
 * answer. A root that the manifest itself brings is trusted, so that the inputs which are signed
 * get all the way. A canonical form is its own canonical form.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "attest/verify/rim/c14n.h"
#include "attest/verify/rim/dsig.h"
#include "attest/verify/rim/rim.h"
#include "base/json.h"
#include "base/mem.h"

#define ID "NV_GPU_VBIOS_1010_0200_882_96009F0001"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void canonicalise(struct span text, struct buf *ret)
{
	AUTO_XML struct xml_doc *doc = NULL;

	if (!xml_parse(text, &doc, NULL) && c14n(doc, 0, XML_NONE, ret, NULL))
		abort();
}

/* References grow when they are written again, so a long document may not fit once more. */
static void check_canonical(struct span text)
{
	AUTO_BUF struct buf once = BUF_EMPTY, twice = BUF_EMPTY;

	canonicalise(text, &once);
	canonicalise(buf_view(&once), &twice);
	if (twice.len && !span_is_equal(buf_view(&once), buf_view(&twice)))
		abort();
}

static void trust_its_root(struct span text, struct certs *ret)
{
	AUTO_XML struct xml_doc *doc = NULL;
	AUTO_CERTS struct certs all = { 0 };
	struct dsig d;

	if (!xml_parse(text, &doc, NULL) && !dsig_read(doc, &d, NULL) &&
	    !dsig_certs(doc, &d, &all, NULL) && all.count)
		(void)certs_add_ref(ret, all.at[all.count - 1], NULL);
}

static void check_loaded(const struct rim *rim)
{
	if (!memchr(rim->version, 0, sizeof(rim->version)))
		abort();
	for (size_t i = 0; i < RIM_INDICES; i++)
		if (rim->golden[i].active !=
		    (rim->golden[i].count > 0 && rim->golden[i].count <= RIM_ALTERNATIVES))
			abort();
}

static void judge(const struct verify_store *store, const struct certs *roots)
{
	static const struct rim_measurement none[RIM_INDICES];
	const struct verdict_options options = { .at = 1790000000 };
	AUTO_VERDICT struct verify_verdict *verdict = NULL;
	struct context c = {
		.policy = policy_default(), .store = store, .test_roots = roots, .at = options.at
	};
	struct err e = { 0 };
	struct rim rim;
	bool found;
	size_t part;

	if (verdict_new(&options, &verdict, &e) ||
	    verdict_part(verdict, "gpu0", "gpu", 0, &part, &e))
		abort();
	c.verdict = verdict;
	verdict_say(verdict, part, GPU_GENUINE, "as the fuzzer says");
	if (rim_load(&c, part, RIM_VBIOS, ID, "GH100", "96.00.9F.00.01", &rim, &found, &e))
		abort();
	if (found)
		check_loaded(&rim);
	rim_compare(&c, part, NULL, found ? &rim : NULL, none, 0x55);
	if (verdict_finish(verdict, &e) || verify_decision(verdict) == VERIFY_ACCEPTED)
		abort();
}

static void judge_as(const char *name, struct span text, const struct certs *roots)
{
	struct verify_store *store;

	if (verify_store_new(&store, NULL))
		abort();
	if (!verify_store_add(store, name, text, NULL))
		judge(store, roots);
	verify_store_free(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_JSON cJSON *shown = cJSON_CreateObject();
	AUTO_CERTS struct certs roots = { 0 };
	struct span text = span(data, size);

	(void)rim_show(text, shown, NULL);
	check_canonical(text);
	trust_its_root(text, &roots);
	judge_as("nvidia-rim-" ID ".xml", text, &roots);
	judge_as("nvidia-rim-" ID ".json", text, &roots);
	return 0;
}
