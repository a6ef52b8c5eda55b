/* What stands beside a library of the tests, in the directory that has a link to it. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#define CALL __attribute__((visibility("default")))

/* The file of that name, or NULL. */
FILE *scenario_file(const char *name, const char *mode);

/* Whether the file "scenario" has that word, one a line. */
bool scenario_has(const char *word);

/* The bytes of the file "whatINDEX", at most `size`: their number, 0 where there is none. */
unsigned scenario_load(const char *what, unsigned index, void *at, size_t size);

/* Moves what is there under another name. */
void scenario_rename(const char *from, const char *to);

/* Never returns, if the scenario has that word. Whoever waits to see it has put a FIFO "hanging"
 * there, and can open it from then on. */
void scenario_hang(const char *word);
