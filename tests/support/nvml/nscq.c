/*
 * A libnvidia-nscq.so.2 for tests, alone with libc. What it says stands in files beside it: the
 * scenario's words, "switchN" (its report) and "switch-chainN", N from 0, of which the first absent
 * one ends the list.
 *
 *   nscq-Q-failed, where Q is uuid, arch, mode, chain or report: the call fails, without a callback
 *   nscq-Q-error     the callbacks say so, the call does not
 *   nscq-Q-silent    no callback for the last switch
 *   nscq-Q-twice     two for the first
 *   nscq-Q-stranger  of a switch that nobody asked about
 *   nscq-Q-nobody    of none
 *   nscq-Q-warns     call and callbacks do, and give what they have
 *   nscq-Q-long  nscq-Q-zero, for chain and report: sizes beyond the buffer, and none
 *   nscq-create-failed  nscq-create-none  nscq-create-warns  nscq-create-odd  nscq-input-failed
 *   nscq-label-failed  nscq-label-path  nscq-label-empty  nscq-label-endless  nscq-label-overrun
 *   nscq-lr10-first  nscq-lr10-last  nscq-off  nscq-on  nscq-broken  nscq-unknown (the last switch)
 *   nscq-fewer-later  nscq-other-later  nscq-unplug  nscq-hang
 *
 * What it is asked is written behind the file "asked", where there is one.
 */
#include "tests/support/nvml/nscq.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/nvml/scenario.h"

#define ERROR_INVALID	 (-2)
#define ERROR_UNEXPECTED (-5)
#define ERROR_OLD_DRIVER (-6)
#define ERROR_DRIVER	 (-7)
#define ERROR_EXTERNAL	 (-127)
#define WARNING		 1

enum question { UUID, ARCH, MODE, CHAIN, REPORT };

static struct fake_session {
	bool is_open, has_input;
	unsigned listed;
} session;

static bool says(enum question q, const char *what)
{
	static const char *const names[] = { "uuid", "arch", "mode", "chain", "report" };
	char word[64];

	(void)snprintf(word, sizeof(word), "nscq-%s-%s", names[q], what);
	return scenario_has(word);
}

static void note(const char *what, int len)
{
	FILE *f = scenario_file("asked", "r+e");

	if (!f)
		return;
	(void)fseek(f, 0, SEEK_END);
	(void)fprintf(f, "%.*s\n", len, what);
	(void)fclose(f);
}

static unsigned count_switches(void)
{
	char byte;
	unsigned n = 0;

	while (scenario_load("switch", n, &byte, 1))
		n++;
	return n;
}

static struct fake_uuid uuid_of(unsigned index)
{
	return (struct fake_uuid){ { 0x5e, [15] = (uint8_t)(index + 1) } };
}

/* --- Session ---------------------------------------------------------------------------------- */

CALL struct fake_session_result nscq_session_create(uint32_t flags);
CALL struct fake_session_result nscq_session_create(uint32_t flags)
{
	if (flags != 1 || session.is_open)
		return (struct fake_session_result){ ERROR_INVALID, NULL };
	if (scenario_has("nscq-create-failed"))
		return (struct fake_session_result){ ERROR_OLD_DRIVER, NULL };
	if (scenario_has("nscq-create-none"))
		return (struct fake_session_result){ 0, NULL };
	session = (struct fake_session){ .is_open = true };
	return (struct fake_session_result){ scenario_has("nscq-create-warns") ? WARNING
					     : scenario_has("nscq-create-odd") ? WARNING + 1
									       : 0,
					     &session };
}

CALL void nscq_session_destroy(struct fake_session *s);
CALL void nscq_session_destroy(struct fake_session *s)
{
	s->is_open = false;
}

CALL int8_t nscq_session_set_input(struct fake_session *s, uint32_t flags, void *at, uint32_t len);
CALL int8_t nscq_session_set_input(struct fake_session *s, uint32_t flags, void *at, uint32_t len)
{
	note(at, (int)len);
	if (flags || len != 32)
		return ERROR_UNEXPECTED;
	s->has_input = true;
	return scenario_has("nscq-input-failed") ? ERROR_DRIVER : 0;
}

CALL int8_t nscq_uuid_to_label(const struct fake_uuid *uuid, struct fake_label *ret,
			       uint32_t flags);
CALL int8_t nscq_uuid_to_label(const struct fake_uuid *uuid, struct fake_label *ret, uint32_t flags)
{
	if (flags || scenario_has("nscq-label-failed"))
		return ERROR_INVALID;
	(void)snprintf(ret->data, sizeof(ret->data), "SWX-%02u", uuid->bytes[15]);
	if (scenario_has("nscq-label-path"))
		ret->data[0] = '/';
	if (scenario_has("nscq-label-empty"))
		ret->data[0] = 0;
	if (scenario_has("nscq-label-endless"))
		memset(ret->data, 'x', sizeof(ret->data));
	if (scenario_has("nscq-label-overrun"))
		((volatile char *)ret)[sizeof(*ret)] = 0;
	return 0;
}

/* --- Answers ---------------------------------------------------------------------------------- */

static void tell_uuid(unsigned index, bool is_last, int8_t rc, fake_uuid_fn *f, void *user)
{
	struct fake_uuid uuid = uuid_of(index);

	if (is_last && session.listed > 1 && scenario_has("nscq-other-later"))
		uuid.bytes[0] ^= 1;
	f(&uuid, rc, says(UUID, "nobody") ? NULL : &uuid, user);
}

static int8_t arch_of(unsigned index, bool is_last)
{
	bool is_old = (!index && scenario_has("nscq-lr10-first")) ||
		      (is_last && scenario_has("nscq-lr10-last"));

	return is_old ? 1 : 2;
}

static int8_t mode_of(unsigned index)
{
	if (index + 1 < count_switches())
		return 3;
	return scenario_has("nscq-off")	      ? 0
	       : scenario_has("nscq-on")      ? 1
	       : scenario_has("nscq-broken")  ? 2
	       : scenario_has("nscq-unknown") ? -1
					      : 3;
}

static void tell_chain(unsigned index, const struct fake_uuid *device, int8_t rc,
		       fake_certificate_fn *f, void *user)
{
	struct fake_switch_certificate c = { 0 };

	c.cert_chain_size =
		scenario_load("switch-chain", index, c.cert_chain, sizeof(c.cert_chain));
	if (says(CHAIN, "long"))
		c.cert_chain_size = sizeof(c.cert_chain) + 1;
	if (says(CHAIN, "zero"))
		c.cert_chain_size = 0;
	f(device, rc, c, user);
}

/* A nonce is for one report. The switch's place on the bus is the ninth. */
static void tell_report(unsigned index, const struct fake_uuid *device, int8_t rc,
			fake_report_fn *f, void *user)
{
	struct fake_switch_report r = { 0 };

	scenario_hang("nscq-hang");
	if (scenario_has("nscq-unplug"))
		scenario_rename("pci/0000:09:00.0", "unplugged");
	r.report_size = scenario_load("switch", index, r.report, sizeof(r.report));
	if (says(REPORT, "long"))
		r.report_size = UINT32_MAX;
	if (says(REPORT, "zero"))
		r.report_size = 0;
	f(device, session.has_input ? rc : ERROR_UNEXPECTED, r, user);
	session.has_input = says(REPORT, "twice");
}

static void tell(enum question q, unsigned index, bool is_last, fake_fn *f, void *user)
{
	const struct fake_uuid stranger = { { 0xee } }, own = uuid_of(index);
	const struct fake_uuid *device = says(q, "nobody")     ? NULL
					 : says(q, "stranger") ? &stranger
							       : &own;
	int8_t rc = says(q, "error") ? ERROR_DRIVER : says(q, "warns") ? WARNING : 0;

	switch (q) {
	case UUID:
		tell_uuid(index, is_last, rc, (fake_uuid_fn *)f, user);
		break;
	case ARCH:
		((fake_number_fn *)f)(device, rc, arch_of(index, is_last), user);
		break;
	case MODE:
		((fake_number_fn *)f)(device, rc, mode_of(index), user);
		break;
	case CHAIN:
		tell_chain(index, device, rc, (fake_certificate_fn *)f, user);
		break;
	case REPORT:
		tell_report(index, device, rc, (fake_report_fn *)f, user);
		break;
	}
}

/* Which question a path is, and of which switches, from `first` to before `end`. */
static bool parse(const char *path, enum question *ret, unsigned *ret_first, unsigned *ret_end)
{
	unsigned number;
	char name[32];

	*ret_first = 0;
	*ret_end = count_switches();
	if (!strcmp(path, "/drv/nvswitch/{device}/uuid"))
		*ret = UUID;
	else if (!strcmp(path, "/{nvswitch}/id/arch"))
		*ret = ARCH;
	else {
		if (sscanf(path, "/SWX-%2u/config/%31s", &number, name) != 2 || !number ||
		    number > *ret_end)
			return false;
		*ret_first = number - 1;
		*ret_end = number;
		*ret = !strcmp(name, "pcie_mode")     ? MODE
		       : !strcmp(name, "certificate") ? CHAIN
						      : REPORT;
		return *ret != REPORT || !strcmp(name, "attestation_report");
	}
	return true;
}

CALL int8_t nscq_session_path_observe(struct fake_session *s, const char *path, fake_fn *f,
				      void *user, uint32_t flags);
CALL int8_t nscq_session_path_observe(struct fake_session *s, const char *path, fake_fn *f,
				      void *user, uint32_t flags)
{
	enum question q;
	unsigned first, end;

	note(path, (int)strlen(path));
	if (!s->is_open || flags || !parse(path, &q, &first, &end))
		return ERROR_INVALID;
	if (says(q, "failed"))
		return ERROR_EXTERNAL;
	if (q == UUID && s->listed++ && scenario_has("nscq-fewer-later"))
		end--;
	for (unsigned i = first; i < end; i++) {
		if (i + 1 == end && says(q, "silent"))
			continue;
		tell(q, i, i + 1 == end, f, user);
		if (i == first && says(q, "twice"))
			tell(q, i, false, f, user);
	}
	return says(q, "warns") ? WARNING : 0;
}
