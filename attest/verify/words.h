/* The words of each dimension, and what each is worth. */
#pragma once

#include "attest/verify/verify.h"

enum verify_dimension word_dimension(enum verify_word w);
enum verify_word word_none(int dimension);	/* does not apply         */
enum verify_word word_unchecked(int dimension); /* nothing was found yet  */
enum verify_word word_good(enum verify_dimension d);

/* What one word alone makes of the whole. */
enum verify_decision word_decision(enum verify_word w);
