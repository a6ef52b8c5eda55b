/* The two recorded logs: every event as its JSON has it, and the published registers. */
#include <fcntl.h>
#include <unistd.h>

#include "base/b64.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/limits.h"
#include "tests/unit/verify/log/bench.h"

#define AAEL_TAG "1094796620" /* 0x4141454c */

struct vector {
	char name[16];
	int events;
	int end;
	char registers[4][17]; /* the first 8 bytes of RTMR0..3, reference 7.3 */
};

static struct vector VECTORS[] = {
	{ "ccel-ovmf",
	  20,
	  2120,
	  { "8566f998798db094", "775b9f6bfe99f8a3", "94eaf7a7bf398ed8", "0000000000000000" } },
	{ "ccel-aael", 87, 11707, { "b796e1c1", "3b0b9061", "35f28013", "5e4ecd49d3c7983d" } },
};

static struct buf vector(const char *name, const char *suffix)
{
	char path[512];
	struct buf bytes = BUF_EMPTY;
	struct err e = { 0 };

	(void)snprintf(path, sizeof(path), "%s/eventlog/%s.%s", VECTORS_DIR, name, suffix);
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		cr_skip_test("%s: no vectors here", path);
	cr_assert(fd_read_all(fd, LIMIT_EVENTLOG_BYTES, &bytes, &e) == 0, "%s", e.text);
	return bytes;
}

static const cJSON *get(const cJSON *o, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(o, name);
}

/* Base64 in the JSON, hex in a claim. */
static void same_bytes(const cJSON *b64, const cJSON *hex, int i, const char *what)
{
	AUTO_BUF struct buf bytes = BUF_EMPTY;
	char *text;

	cr_assert(b64_decode(B64_STANDARD, span_text(json_text(b64)), 65536, &bytes, NULL) == 0);
	text = calloc(1, 2 * bytes.len + 1);
	digest_hex(buf_view(&bytes), text);
	cr_expect(json_text(hex) && !strcmp(text, json_text(hex)), "event %d: %s", i, what);
	free(text);
}

/* The JSON prints the first three fields of a GUID in the order of their bytes. */
static void same_guid(const cJSON *raw, const cJSON *claim, int i)
{
	static const int order[] = { 6, 7, 4, 5, 2, 3, 0, 1, 8, 11, 12, 9, 10, 13, 16, 17, 14, 15 };
	char want[40] = { 0 };

	(void)snprintf(want, sizeof(want), "%s", json_text(raw));
	for (size_t k = 0; k < sizeof(order) / sizeof(*order); k++)
		want[k] = json_text(raw)[order[k]];
	cr_expect(json_text(claim) && !strcmp(want, json_text(claim)), "event %d: %s, not %s", i,
		  json_text(claim), want);
}

/* The JSON has a PCI node's function first; UEFI's text has the device first. */
static void same_path(const cJSON *want, const cJSON *claim, int i)
{
	cr_expect(cJSON_GetArraySize(want) == cJSON_GetArraySize(claim), "event %d", i);
	for (int k = 0; k < cJSON_GetArraySize(want); k++) {
		const char *text = json_text(cJSON_GetArrayItem(want, k));
		unsigned function, device;
		char swapped[32];

		if (sscanf(text, "Pci(%u,%u)", &function, &device) == 2) {
			(void)snprintf(swapped, sizeof(swapped), "Pci(%u,%u)", device, function);
			text = swapped;
		}
		cr_expect(!strcmp(text, json_text(cJSON_GetArrayItem(claim, k))), "event %d: %s", i,
			  text);
	}
}

static void same_text(const cJSON *want, const cJSON *claim, int i)
{
	cr_expect(json_text(claim) && !strcmp(json_text(want), json_text(claim)),
		  "event %d: \"%s\", not \"%s\"", i, json_text(claim), json_text(want));
}

static void same_content(const cJSON *want, const cJSON *claim, int i)
{
	AUTO_JSON cJSON *parsed = NULL;

	if (json_text(want)) {
		same_text(want, claim, i);
		return;
	}
	cr_assert(json_parse(span_text(json_text(claim)), 4096, &parsed, NULL) == 0);
	cr_expect(cJSON_Compare(want, parsed, true), "event %d: content", i);
}

/* Each of the JSON's details has its claim; a detail that this does not know fails. */
static void same_details(const cJSON *details, const cJSON *claim, int i)
{
	for (const cJSON *d = details->child; d; d = d->next) {
		if (!strcmp(d->string, "string"))
			same_text(d, event_says(claim, "text"), i);
		else if (!strcmp(d->string, "unicode_name") && !strcmp(json_text(d), "AAEL"))
			cr_expect(!strcmp(event_says(claim, "tag")->valuestring, AAEL_TAG));
		else if (!strcmp(d->string, "unicode_name"))
			same_text(d, event_says(claim, "variable"), i);
		else if (!strcmp(d->string, "unicode_name_length"))
			cr_expect(strlen(json_text(event_says(claim, "variable"))) ==
				  (size_t)d->valuedouble);
		else if (!strcmp(d->string, "variable_data"))
			same_bytes(d, event_says(claim, "variable_data"), i, "variable_data");
		else if (!strcmp(d->string, "variable_data_length"))
			cr_expect(strlen(json_text(event_says(claim, "variable_data"))) / 2 ==
				  (size_t)d->valuedouble);
		else if (!strcmp(d->string, "variable_name"))
			same_guid(d, event_says(claim, "vendor_guid"), i);
		else if (!strcmp(d->string, "device_paths"))
			same_path(d, event_says(claim, "device_path"), i);
		else if (!strcmp(d->string, "data")) {
			same_text(get(d, "domain"), event_says(claim, "domain"), i);
			same_text(get(d, "operation"), event_says(claim, "operation"), i);
			same_content(get(d, "content"), event_says(claim, "content"), i);
		} else
			cr_expect(false, "event %d: nothing compares \"%s\"", i, d->string);
	}
}

static void same_event(const cJSON *want, const cJSON *claim, int i)
{
	const cJSON *digest = cJSON_GetArrayItem(get(want, "digests"), 0);
	bool is_whole = !strcmp(event_text(claim, "digest_covers"), "data");

	cr_expect(get(want, "index")->valuedouble ==
		  strtod(get(claim, "register")->valuestring, NULL));
	same_text(get(want, "type_name"), get(claim, "type"), i);
	same_bytes(get(want, "event"), get(claim, "data"), i, "data");
	cr_expect(!strcmp(json_text(get(digest, "alg")), "SHA-384"));
	cr_expect(cJSON_GetArraySize(get(want, "digests")) == 1);
	same_text(get(digest, "digest"), get(get(claim, "digests"), "sha384"), i);
	cr_expect(is_whole == cJSON_IsTrue(get(want, "digest_matches_event")), "event %d", i);
	same_details(get(want, "details"), claim, i);
}

static void compare(const struct vector *v, const cJSON *shown)
{
	AUTO_BUF struct buf json = vector(v->name, "json");
	AUTO_JSON cJSON *tree = NULL;
	const cJSON *want, *events = get(shown, "events");
	struct err e = { 0 };

	cr_assert(json_parse(buf_view(&json), json.len, &tree, &e) == 0, "%s", e.text);
	want = get(tree, "uefi_event_logs");
	cr_assert(cJSON_GetArraySize(want) == v->events);
	cr_assert(cJSON_GetArraySize(events) == v->events);
	for (int i = 0; i < v->events; i++)
		same_event(cJSON_GetArrayItem(want, i), cJSON_GetArrayItem(events, i), i);
}

static void one_vector(const struct vector *v)
{
	AUTO_BUF struct buf log = vector(v->name, "bin");
	AUTO_JSON cJSON *shown = cJSON_CreateObject();
	const cJSON *bank;
	struct err e = { 0 };

	cr_assert(log_show(buf_view(&log), shown, &e) == 0, "%s", e.text);
	compare(v, shown);
	cr_expect(atoi(get(shown, "log_bytes")->valuestring) == v->end);
	cr_expect(cJSON_IsTrue(get(shown, "only_padding_after_end")));
	bank = get(get(shown, "replayed"), "sha384");
	for (int i = 0; i < 4; i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "RTMR%d", i);
		cr_expect(!strncmp(json_text(get(bank, name)), v->registers[i],
				   strlen(v->registers[i])),
			  "%s %s: %s", v->name, name, json_text(get(bank, name)));
	}
}

Test(log, a_direct_boot_of_ovmf_is_read_as_recorded)
{
	one_vector(&VECTORS[0]);
}

Test(log, a_boot_by_grub_with_agent_events_is_read_as_recorded)
{
	one_vector(&VECTORS[1]);
}

/* The registers as `show` replays them, signed: the log is bound; one bit of one of them: broken.
 */
static void bind_vector(const struct vector *v)
{
	AUTO_BUF struct buf log = vector(v->name, "bin");
	AUTO_JSON cJSON *shown = cJSON_CreateObject();
	struct registers *r;
	struct bench b;

	bench_init(&b);
	r = &b.signer.outcome.registers;
	*r = (struct registers){ .alg = 0x000c, .present = 0xf, .is_rtmr = true };
	cr_assert(log_show(buf_view(&log), shown, NULL) == 0);
	for (int i = 0; i < 4; i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "RTMR%d", i);
		cr_assert(hex_bytes(json_text(get(get(get(shown, "replayed"), "sha384"), name)),
				    name, r->at[i], 48, NULL) == 0);
	}
	cr_expect(bench_run(&b, buf_view(&log)) == VERIFY_ACCEPTED);
	cr_expect(rig_said(&b.rig, "bound.log") && rig_said(&b.rig, "log.no-policy"));
	for (int i = 0; i < 4; i++) {
		r->at[i][47] ^= 1;
		cr_expect(bench_run(&b, buf_view(&log)) == VERIFY_REFUSED);
		cr_expect(rig_said(&b.rig, "log.mismatch"));
		r->at[i][47] ^= 1;
	}
	bench_done(&b);
}

Test(log, the_recorded_logs_are_bound_by_their_registers_alone)
{
	bind_vector(&VECTORS[0]);
	bind_vector(&VECTORS[1]);
}

/* By reference 7.2: boot variables by their contents, GRUB's commands by their text. */
Test(log, grub_and_boot_variables_are_checkable_by_their_own_rules)
{
	AUTO_BUF struct buf log = vector("ccel-aael", "bin");
	AUTO_JSON cJSON *shown = cJSON_CreateObject();
	int texts = 0, variables = 0, differs = 0;

	cr_assert(log_show(buf_view(&log), shown, NULL) == 0);
	for (int i = 0; i < 87; i++) {
		const cJSON *event = cJSON_GetArrayItem(get(shown, "events"), i);

		texts += !strcmp(event_text(event, "digest_covers"), "text");
		variables += !strcmp(event_text(event, "digest_covers"), "variable-data");
		differs += !strcmp(event_text(event, "checkable"), "differs");
	}
	cr_expect(texts == 53, "%d", texts);
	cr_expect(variables == 7, "%d", variables);
	cr_expect(differs == 0);
}
