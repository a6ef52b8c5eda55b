/*
 * The EFI secret area: what the owner of an SEV or SEV-ES guest injected at launch, as the kernel's
 * efi_secret shows it. Read once, erased, and kept in a memory file for each attest in turn.
 * Spec: Linux, Documentation/ABI/testing/securityfs-secrets-coco; cpu-evidence reference, 5.1.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"

/*
 * Takes the entry LAUNCH_SECRET_GUID out of the area. Entries of other GUIDs are left alone.
 *
 *   root     `/`, with securityfs mounted beneath it; stays open
 *   ret_fd   a memory file with the secret alone and of its length (life_keep()), the caller's; -1
 *            if there is no area, or no entry of ours in it
 *   ret_len  its bytes: ROOT_SECRET_MIN_BYTES or more, below SECRET_AREA_BYTES; 0 likewise
 *
 * Once the entry was read it is erased, whatever comes of it. -FAIL_INPUT: shorter than that, or no
 * file; -FAIL_LIMIT: longer; -FAIL_SYS: it can't be read, erased or kept, or is there after it was
 * erased. `ret_fd` and `ret_len` are untouched then.
 */
int secret_area_take(int root, int *ret_fd, size_t *ret_len, struct err *e);
