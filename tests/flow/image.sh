#!/bin/sh
# The image's builders as others call them: the same bytes twice, modules behind what they need, libraries all there,
# and the initdata tool's words and exit statuses.
set -eu

BUILD=${BUILD:?set by the Makefile}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die() {
	echo "image: $*" >&2
	exit 1
}

# ends STATUS COMMAND...: and a refusal says why.
ends() {
	want=$1
	shift
	status=0
	"$@" >"$work/out" 2>"$work/err" || status=$?
	[ "$status" -eq "$want" ] || die "$* ended with $status, not $want: $(cat "$work/err")"
	[ "$want" -eq 0 ] || [ -s "$work/err" ] || die "$* failed without a word"
}

make_image() {
	"$BUILD/tools/mkinitramfs" --set BUILD=build --gzip --out "$@" rootfs/manifest >/dev/null
}

# --- the initramfs -------------------------------------------------------------------------------

make_image "$work/one"
(umask 077 && LC_ALL=C.UTF-8 TZ=Asia/Tokyo make_image "$work/two")
cmp "$work/one" "$work/two" || die 'two runs gave different bytes'
cmp "$work/one" "$BUILD/image/initramfs" || die 'the image is not what its manifest says now'
SOURCE_DATE_EPOCH=1 make_image "$work/two"
! cmp -s "$work/one" "$work/two" || die 'SOURCE_DATE_EPOCH makes no difference'

echo '/a file 0644 0:0 /nowhere/a' >"$work/list"
ends 1 "$BUILD/tools/mkinitramfs" --out "$work/none" "$work/list"
grep -q 'list:1: /nowhere/a' "$work/err" || die "a missing source is not named: $(cat "$work/err")"
ends 2 "$BUILD/tools/mkinitramfs" "$work/list"
ends 2 env SOURCE_DATE_EPOCH=now "$BUILD/tools/mkinitramfs" --out "$work/none" "$work/list"
[ ! -e "$work/none" ] || die 'a failure left a file behind'

# --- what is in it -------------------------------------------------------------------------------

# Every program and library finds all that it needs in the folder, and nothing is in it that nobody needs.
sed -n 's,^/usr/lib/sealinit/\([^ ]*\).*,\1,p' "$BUILD/image/libs.manifest" >"$work/have"
for file in "$BUILD"/strip/sealinit-* /sbin/mke2fs $(sed 's/.* //' "$BUILD/image/libs.manifest"); do
	readelf -dW "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p'
done | sort -u >"$work/need"
sort "$work/have" | cmp - "$work/need" || die 'the libraries are not those that are needed'

# modules.dep is depmod's own word for it.
order=$BUILD/kernel/modules/order
dep=$(find "$BUILD/kernel/root/lib/modules" -name modules.dep)
for file in "$order" "$dep"; do
	[ -s "$file" ] || die "$file is empty"
done
awk -v order="$order" '
	function name(path) { sub(".*/", "", path); sub("\\.xz$", "", path); return path }
	BEGIN { while ((getline line < order) > 0) { file = line; sub("^\\?", "", file); at[file] = ++n; optional[file] = line ~ /^\?/ } }
	{
		sub(":", "", $1); module = name($1)
		if (!(module in at)) next
		found++
		for (i = 2; i <= NF; i++) {
			need = name($i)
			if (!(need in at) || at[need] > at[module]) { print module " comes before " need; bad = 1 }
			if (optional[need] && !optional[module]) { print module " can not do without " need; bad = 1 }
		}
	}
	END { exit bad || found != n }' "$dep" || die 'the order of the modules is wrong'

# --- initdata ------------------------------------------------------------------------------------

initdata=$BUILD/tools/initdata
echo '{ "version": 1 }' >"$work/config.json"
printf 'package p\n' >"$work/policy.rego"
ends 0 "$initdata" make --config "$work/config.json" --member "policy.rego=$work/policy.rego" --out "$work/a.img"
digest=$(cat "$work/out")
[ $(($(stat -c %s "$work/a.img") % 512)) -eq 0 ] || die 'the image does not end on a sector'
ends 0 "$initdata" make --config "$work/config.json" --member "policy.rego=$work/policy.rego" --out "$work/b.img"
cmp "$work/a.img" "$work/b.img" || die 'initdata: two runs gave different bytes'

ends 0 "$initdata" show "$work/a.img"
[ "$(head -n 1 "$work/out")" = "$digest" ] || die 'show and make give different digests'
tail -n +3 "$work/out" >"$work/envelope"
[ "sha256:$(sha256sum <"$work/envelope" | cut -d' ' -f1)" = "$digest" ] || die 'the digest is not of the envelope'
# gzip reports the zeros behind its stream, as it should.
tail -c +17 "$work/a.img" | gzip -dc 2>/dev/null | cmp - "$work/envelope" || die 'the image holds another envelope'

ends 0 "$initdata" make --config "$work/config.json" --algorithm sha384 --out "$work/b.img"
[ "$(wc -c <"$work/out")" -eq $((7 + 96 + 1)) ] || die "no sha384 digest: $(cat "$work/out")"
ends 0 "$initdata" --help
ends 2 "$initdata"
ends 2 "$initdata" make --config "$work/config.json"
ends 2 "$initdata" make --config "$work/config.json" --algorithm sha-256 --out "$work/none"
ends 2 "$initdata" make --config "$work/config.json" --member policy.rego --out "$work/none"
ends 2 "$initdata" show
ends 1 "$initdata" show "$work/config.json"
ends 1 "$initdata" make --config "$work/policy.rego" --out "$work/none"
ends 1 "$initdata" make --config "$work/absent" --out "$work/none"
echo "{ \"version\": \"'''\" }" >"$work/quotes.json"
ends 1 "$initdata" make --config "$work/quotes.json" --out "$work/none"
[ ! -e "$work/none" ] || die 'initdata: a failure left an image behind'
