#include "attest/verify/tdx/report.h"

#include "attest/verify/bytes.h"

struct td td_view(const struct quote *q)
{
	const uint8_t *at = q->body.at;
	struct td t = {
		.tee_tcb_svn = span(at, 16),
		.mrseam = span(at + 16, 48),
		.mrsignerseam = span(at + 64, 48),
		.seamattributes = span(at + 112, 8),
		.attributes = span(at + 120, 8),
		.xfam = span(at + 128, 8),
		.mrtd = span(at + 136, 48),
		.mrconfigid = span(at + 184, 48),
		.mrowner = span(at + 232, 48),
		.mrownerconfig = span(at + 280, 48),
		.report_data = span(at + 520, 64),
		.is_td15 = q->kind == QUOTE_TD15,
	};

	for (size_t i = 0; i < 4; i++)
		t.rtmr[i] = span(at + 328 + 48 * i, 48);
	if (t.is_td15) {
		t.tee_tcb_svn2 = span(at + 584, 16);
		t.mr_service_td = span(at + 600, 48);
	}
	return t;
}

struct enclave enclave_view(struct span report)
{
	const uint8_t *at = report.at;

	return (struct enclave){
		.cpusvn = span(at, 16),
		.miscselect = span(at + 16, 4),
		.isvextprodid = span(at + 32, 16),
		.attributes = span(at + 48, 16),
		.mrenclave = span(at + 64, 32),
		.mrsigner = span(at + 128, 32),
		.configid = span(at + 192, 64),
		.isvprodid = le16(at + 256),
		.isvsvn = le16(at + 258),
		.configsvn = le16(at + 260),
		.isvfamilyid = span(at + 304, 16),
		.report_data = span(at + 320, 64),
	};
}
