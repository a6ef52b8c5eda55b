/* A directory of the test's own, removed with all its contents when the test's process ends. */
#pragma once

/* An O_PATH descriptor of the caller's; fails the test if there is none to be had. */
int scratch_dir(void);

/* The same directory's path; NULL before the first scratch_dir(). */
const char *scratch_path(void);
