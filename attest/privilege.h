/* What attest may do, given up when it isn't needed any more. */
#pragma once

#include "base/err.h"

/* Clears all capabilities of the calling thread, the ambient ones too. -FAIL_SYS. */
int privilege_drop(struct err *e);
