#include "attest/verify/log/claims.h"

#include <inttypes.h>
#include <stdio.h>

#include "attest/verify/log/check.h"
#include "attest/verify/log/describe.h"
#include "attest/verify/log/types.h"

void tcg_register_name(enum tcg_form form, uint32_t reg, char ret[static TCG_REGISTER_TEXT])
{
	if (form == TCG_FORM_TPM)
		(void)snprintf(ret, TCG_REGISTER_TEXT, "PCR %" PRIu32, reg);
	else if (reg >= 1 && reg < TCG_CC_REGISTERS)
		(void)snprintf(ret, TCG_REGISTER_TEXT, "RTMR%" PRIu32, reg - 1);
	else if (!reg)
		(void)snprintf(ret, TCG_REGISTER_TEXT, "MRTD");
	else
		(void)snprintf(ret, TCG_REGISTER_TEXT, "register %" PRIu32, reg);
}

static void add_header(struct tcg_out *o, cJSON *to, const struct tcg_header *h)
{
	cJSON *header = tcg_out_object(o, to, "header"), *algs;
	char version[16];

	(void)snprintf(version, sizeof(version), "%u.%u.%u", h->major, h->minor, h->errata);
	tcg_out_u64(o, header, "register", h->reg);
	tcg_out_bool(o, header, "is_aael_constant", h->is_aael);
	tcg_out_u64(o, header, "platform_class", h->platform_class);
	tcg_out_text(o, header, "spec_version", version);
	tcg_out_u64(o, header, "uintn_size", h->uintn_size);
	algs = tcg_out_array(o, header, "algorithms");
	for (uint32_t i = 0; i < h->alg_count; i++)
		tcg_out_text(o, algs, NULL, tcg_alg_name(h->algs[i].alg));
	tcg_out_hex(o, header, "vendor", h->vendor);
}

static void add_digests(struct tcg_out *o, cJSON *to, const struct tcg_event *event,
			const struct tcg_header *h)
{
	cJSON *digests = tcg_out_object(o, to, "digests");
	struct span digest;

	for (uint32_t i = 0; i < event->digest_count; i++)
		if (tcg_event_digest(event, h, event->algs[i], &digest))
			tcg_out_hex(o, digests, tcg_alg_name(event->algs[i]), digest);
}

static void add_check(struct tcg_out *o, cJSON *to, const struct tcg_event *event,
		      const struct tcg_header *h, uint16_t alg)
{
	struct tcg_checked c = { TCG_CHECK_NO, TCG_COVERS_NONE };

	if (!o->failed)
		o->failed = tcg_check(event, h, alg, &c, o->e);
	tcg_out_text(o, to, "checkable", tcg_check_name(c.check));
	tcg_out_text(o, to, "digest_covers", tcg_covers_name(c.covers));
}

static void add_event(struct tcg_out *o, cJSON *list, const struct tcg_log *log, size_t i,
		      uint16_t alg, uint32_t authenticated)
{
	const struct tcg_event *event = &log->events[i];
	cJSON *to = tcg_out_object(o, list, NULL);
	char name[TCG_REGISTER_TEXT], type[12];
	bool is_extended = event->type != EV_NO_ACTION;

	tcg_register_name(log->form, event->reg, name);
	(void)snprintf(type, sizeof(type), "%08" PRIx32, event->type);
	tcg_out_u64(o, to, "index", i);
	tcg_out_u64(o, to, "offset", event->offset);
	tcg_out_u64(o, to, "register", event->reg);
	tcg_out_text(o, to, "register_name", name);
	tcg_out_text(o, to, "type", tcg_type_name(event->type));
	tcg_out_text(o, to, "type_id", type);
	add_digests(o, to, event, &log->header);
	tcg_out_bool(o, to, "extended", is_extended);
	tcg_out_bool(o, to, "authenticated",
		     is_extended && event->reg < TCG_REGISTERS && authenticated & 1u << event->reg);
	add_check(o, to, event, &log->header, alg);
	tcg_out_hex(o, to, "data", event->data);
	tcg_describe(o, tcg_out_object(o, to, "says"), event);
}

int tcg_claims(const struct tcg_log *log, uint16_t alg, uint32_t authenticated, cJSON *object,
	       struct err *e)
{
	struct tcg_out o = { 0, e };
	cJSON *events;

	tcg_out_text(&o, object, "format", log->form == TCG_FORM_CC ? "CCEL" : "TPM");
	add_header(&o, object, &log->header);
	tcg_out_u64(&o, object, "log_bytes", log->end);
	tcg_out_u64(&o, object, "bytes_after_end", log->rest);
	tcg_out_bool(&o, object, "only_padding_after_end", !log->rest || log->is_padding);
	events = tcg_out_array(&o, object, "events");
	for (size_t i = 0; i < log->count && !o.failed; i++)
		add_event(&o, events, log, i, alg, authenticated);
	return o.failed;
}

void tcg_claims_replay(struct tcg_out *o, cJSON *to, const struct tcg_log *log,
		       const struct tcg_replay *r)
{
	cJSON *bank = tcg_out_object(o, to, tcg_alg_name(r->alg));
	char name[TCG_REGISTER_TEXT];

	for (uint32_t i = 0; i < tcg_registers(log->form); i++) {
		bool is_rtmr = log->form == TCG_FORM_CC && i;

		if (!is_rtmr && !(r->seen & 1u << i))
			continue;
		tcg_register_name(log->form, i, name);
		tcg_out_hex(o, bank, name, span(r->at[i], r->len));
	}
}
