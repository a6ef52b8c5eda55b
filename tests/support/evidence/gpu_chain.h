/* The certificates of tests/support/evidence/gpu.h. */
#pragma once

#include "tests/support/evidence/gpu.h"

/* Fills certs, cert_count and root. */
void gpu_make_chain(const struct gpu_spec *s, struct gpu_made *m);
