# An apt of our own, beside the machine's: sources, lists and cache in $dir/apt, for Debian's backports, which
# have the kernel. Sourced by fetch.sh and by whoever needs what belongs to that kernel; wants $dir (absolute).
# Which mirror serves it is asked from the machine's apt; KERNEL_MIRROR=URL in the environment overrides that.
# shellcheck shell=sh disable=SC2154 # $dir is the caller's

suite=bookworm
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
tries=4

say() {
	echo "kernel: $*" >&2
}

# Waits longer after each failure, and not at all after the last.
retry() {
	pause=2
	for try in $(seq "$tries"); do
		"$@" && return 0
		[ "$try" -eq "$tries" ] || { say "try $try of $tries failed, next in $pause s" && sleep "$pause"; }
		pause=$((pause * 2))
	done
	return 1
}

own_apt() {
	tool=$1
	shift
	"$tool" -q -o Dir::Etc::SourceList="$dir/apt/sources.list" -o Dir::Etc::SourceParts=- \
		-o Dir::State::Lists="$dir/apt/lists" -o Dir::Cache="$dir/apt/cache" \
		-o APT::Sandbox::User=root -o APT::Update::Error-Mode=any -o Acquire::Languages=none \
		-o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 "$@"
}

# Where the machine gets its bookworm from: what stands before /dists/ in what it would fetch. Others
# than Debian have a suite of that name too, but no backports signed with Debian's key.
mirrors() {
	if [ -n "${KERNEL_MIRROR:-}" ]; then
		echo "${KERNEL_MIRROR%/}"
	else
		apt-get --print-uris update | sed -n "s,^'\(.*\)/dists/$suite/InRelease'.*,\1,p"
	fi
}

read_lists() {
	for mirror in $(mirrors); do
		echo "deb [signed-by=$keyring] $mirror $suite-backports main" >"$dir/apt/sources.list"
		own_apt apt-get update >&2 && return 0
		say "$mirror has no $suite-backports"
	done
	return 1
}

# download NAME...: newest packages of these names, into $dir/apt.
download() {
	(cd "$dir/apt" && retry own_apt apt-get download "$@" >&2)
}
