/*
 * What a manifest says: whose reference values these are, and the values.
 *
 * Spec: ISO/IEC 19770-2:2015 (SWID), TCG Reference Integrity Manifest Information Model;
 * gpu-evidence reference 4.3. Newer records that compare numbers (an index above 63, attributes of
 * another namespace) are not understood, and so refused.
 */
#pragma once

#include "attest/verify/rim/rim.h"
#include "attest/verify/rim/xml.h"

/* Loans of the tree; printable ASCII. */
struct manifest {
	struct span edition;  /* "GPU", "SWITCH"        */
	struct span product;  /* "GH100"                */
	struct span version;  /* colloquialVersion      */
	struct span revision; /* "r1"                   */
	struct span tag_id;
	size_t active;			       /* indices of golden that are */
	struct rim_golden golden[RIM_INDICES]; /* inactive ones: zero */
};

/*
 * The root holds Entity, Meta, Payload and the signature, in this order; the payload 1 to
 * RIM_INDICES resources, each index at most once, each with exactly the attributes that it needs.
 * -FAIL_INPUT says which element breaks this.
 */
int manifest_read(const struct xml_doc *doc, struct manifest *ret, struct err *e);

/* Five pairs of hex digits: firmware. Drivers have decimal numbers, fewer of them. */
bool manifest_is_firmware(struct span version);
