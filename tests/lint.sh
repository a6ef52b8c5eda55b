#!/bin/sh
# lint.sh -- what a compiler does not say. Started by `make lint` in the repository's root, with the compiler and
# its flags in CC. Every check runs, and each failure is told, before it ends.
set -u

# A file, since what ends a pipeline can't set a variable.
complaints=$(mktemp)
trap 'rm -f "$complaints"' EXIT

# complain WHAT, with the findings on standard input: nothing found is nothing said.
complain() {
	findings=$(cat)
	[ -n "$findings" ] || return 0
	echo "lint: $1" | tee -a "$complaints" >&2
	echo "$findings" | sed 's/^/    /' >&2
}

sources() {
	find base init attest storage api image tests -name '*.[ch]' 2>/dev/null | LC_ALL=C sort
}

code() {
	sources | grep -v '^tests/'
}

# arrow FOLDER ALLOWED...: what the folder's files include in quotes begins with its own name or an allowed one.
arrow() {
	from=$1
	[ -d "$from" ] || return 0
	shift
	allowed=$from
	for to; do
		allowed="$allowed|$to"
	done
	grep -rnE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$from" | grep -vE "\"($allowed)/" |
		complain "$from may include $* and itself"
}

format() {
	sources | xargs clang-format-14 --dry-run -Werror 2>&1 | sed -n 's/^\([^:]*\):[0-9:]* error:.*/\1/p' | uniq -c |
		complain 'not as clang-format-14 has it (places, file)'
}

headers() {
	sources | grep '\.h$' | while read -r header; do
		# shellcheck disable=SC2086 # CC is a command with its flags
		echo "#include \"$header\"" | $CC -fsyntax-only -x c - 2>&1
	done | complain 'does not compile alone'
	sources | grep '\.h$' | xargs grep -L '^#pragma once$' | complain 'without #pragma once'
}

arrows() {
	arrow base
	arrow init base
	arrow attest base
	arrow attest/gpu base
	arrow attest/verify base
	grep -rnE --include='*.[ch]' '"attest/verify/' attest | grep -v '^attest/verify/' |
		complain 'attest may not include its verifier: a guest judges nobody'
	arrow storage base
	arrow api base
	arrow image base
	arrow tests/broker base attest/jose attest/verify
	arrow tests/support base
	arrow tests/forge base tests/support
	arrow tests/bench base tests/support attest
	grep -rnE --include='*.[ch]' '#[[:space:]]*include[[:space:]]*"\.' base init attest storage api image tests |
		complain 'includes are named from the root of the repository'
}

# The words stand before a parenthesis and not in a longer name.
banned() {
	code | xargs grep -nE '(^|[^A-Za-z0-9_.>"])(strcpy|strcat|sprintf|gets|atoi|atol|system|popen|alloca|sleep|usleep)[[:space:]]*\(' |
		grep -vE '^[^:]+:[0-9]+:[[:space:]]*(/?\*|//)' | complain 'calls that are banned outside the tests'
}

scripts() {
	{
		find image tests rootfs -name '*.sh'
		echo .ci/run
	} | LC_ALL=C sort | xargs shellcheck -x 2>&1 | complain 'shellcheck'
}

pages() {
	find init attest storage api image -name '*.[1-8]' | while read -r page; do
		mandoc -T lint -W warning "$page" 2>&1
	done | complain 'mandoc'
}

format
headers
arrows
banned
scripts
pages
[ ! -s "$complaints" ]
