#include "attest/evidence/findings.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "attest/evidence/probe.h"

static const struct row {
	const char *name;
	size_t fd;	   /* offset in struct evidence_devices              */
	const char *tee;   /* that uses it; NULL: whatever TEE there is      */
	bool is_second;	   /* where configfs-tsm is, it stands in when that fails */
	const char *used;  /* what for                                       */
	const char *spare; /* and what for, when it is only there            */
} rows[] = {
	{ "configfs-tsm", offsetof(struct evidence_devices, tsm), NULL, false, "reports and quotes",
	  "" },
	{ "sev-guest", offsetof(struct evidence_devices, sev_guest), "snp", true, "reports",
	  "reports where configfs fails, derived keys" },
	{ "tdx_guest", offsetof(struct evidence_devices, tdx_guest), "tdx", false,
	  "quotes over vsock, where a service answers", "" },
	{ "TDX registers", offsetof(struct evidence_devices, tdx_measurements), "tdx", false,
	  "MRCONFIGID", "" },
	{ "RTMR3", offsetof(struct evidence_devices, rtmr), "tdx", false, "the event log's head",
	  "" },
	{ "CCEL", offsetof(struct evidence_devices, ccel), "tdx", false, "the firmware's log", "" },
	{ "EFI secret area", offsetof(struct evidence_devices, launch_secret), "sev", false,
	  "root secret: if it is the owner's, they accepted this launch on AMD hardware; "
	  "no freshness, no proof to others, no memory integrity; plain SEV leaks registers",
	  "a launch secret: erased, and used for nothing" },
	{ "TPM", offsetof(struct evidence_devices, tpmrm), "tpm", false,
	  "quotes, initdata in PCR 8, the event log's head in PCR 15",
	  "initdata in PCR 8, sealed root secrets, counters" },
};

#define ROWS (sizeof(rows) / sizeof(*rows))

_Static_assert(ROWS == FINDINGS - 2, "and GPUs, and the sample");
_Static_assert(FINDINGS <= LIMIT_FINDINGS, "each has a place");

static bool is_driver(const struct evidence *ev, const char *tee)
{
	return ev->driver && !strcmp(ev->driver->tee, tee);
}

static bool is_used(const struct evidence *ev, const struct row *row)
{
	if (row->is_second && ev->dev.tsm >= 0)
		return false;
	return row->tee ? is_driver(ev, row->tee) : ev->driver && !is_driver(ev, "sample");
}

static void describe(struct msg_finding *f, enum finding_state state, const char *name,
		     const char *text)
{
	f->state = state;
	(void)snprintf(f->name, sizeof(f->name), "%s", name);
	(void)snprintf(f->text, sizeof(f->text), "%s", text);
}

static void sample(const struct evidence *ev, struct msg_finding *ret)
{
	if (!evidence_has_sample())
		describe(ret, FINDING_ABSENT, "sample", "");
	else if (is_driver(ev, "sample"))
		describe(ret, FINDING_USED, "sample", "evidence that proves nothing");
	else
		describe(ret, FINDING_PRESENT, "sample", "built in, and not asked for");
}

static void gpus(const struct evidence *ev, struct msg_finding *ret)
{
	static const char name[] = "NVIDIA GPUs";

	if (!ev->dev.gpus)
		describe(ret, FINDING_ABSENT, name, "");
	else if (ev->wants_gpus)
		describe(ret, FINDING_USED, name,
			 "shown to the broker; they work once it released the root secret");
	else
		describe(ret, FINDING_PRESENT, name, "evidence where a container asks for it");
}

struct msg_finding finding(const struct evidence *ev, size_t i)
{
	struct msg_finding f = { .index = (uint32_t)i };
	const struct row *row;
	int fd;

	if (i >= ROWS) {
		(i == ROWS ? gpus : sample)(ev, &f);
		return f;
	}
	row = &rows[i];
	memcpy(&fd, (const char *)&ev->dev + row->fd, sizeof(fd));
	if (fd < 0)
		describe(&f, FINDING_ABSENT, row->name, "");
	else if (is_used(ev, row))
		describe(&f, FINDING_USED, row->name, row->used);
	else
		describe(&f, FINDING_PRESENT, row->name, row->spare);
	return f;
}
