#include "attest/gpu/report.h"

#include <string.h>

#define OFF_NONCE     4 /* the requester's; the responder's comes behind the measurements */
#define OFF_RESPONSE  37
#define OFF_RECORD    45
#define RESPONDER_LEN 32
#define SIGNATURE_LEN 96

int report_length(struct span report, const uint8_t nonce[static GPU_NONCE_LEN], size_t *ret,
		  struct gpu_why *w)
{
	const uint8_t *at = report.at;
	size_t end = OFF_RECORD;

	/* SPDM 1.1, GET_MEASUREMENTS with a signature over all of them, and its answer. */
	if (report.len < end || at[0] != 0x11 || at[1] != 0xe0 || !(at[2] & 1) || at[3] != 0xff ||
	    at[OFF_RESPONSE] != 0x11 || at[OFF_RESPONSE + 1] != 0x60)
		return WHY(w, GPU_REPORT, FAIL_INPUT, "a report of an unknown form");
	end += (size_t)at[42] | (size_t)at[43] << 8 | (size_t)at[44] << 16;
	end += RESPONDER_LEN;
	if (report.len < end + 2)
		return WHY(w, GPU_REPORT, FAIL_INPUT, "a report cut short");
	end += 2 + ((size_t)at[end] | (size_t)at[end + 1] << 8) + SIGNATURE_LEN;
	if (report.len < end)
		return WHY(w, GPU_REPORT, FAIL_INPUT, "a report cut short");
	if (memcmp(at + OFF_NONCE, nonce, GPU_NONCE_LEN) != 0)
		return WHY(w, GPU_NONCE, FAIL_FORGED, "a report over another nonce than asked");
	*ret = end;
	return 0;
}
