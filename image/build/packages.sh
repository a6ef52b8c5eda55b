#!/bin/sh
# packages.sh PACKAGE... -- installs what is missing of Debian's packages, and asks nothing. Where all of
# them are there already, nothing is fetched and nobody needs to be root.
set -eu

missing=
for package; do
	state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || state=
	[ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "These packages are missing, and installing them takes root:" >&2
	echo "    apt-get install --no-install-recommends$missing" >&2
	exit 1
fi
echo "  DEPS   $missing"
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o Acquire::Retries=3 update
# shellcheck disable=SC2086 # one word a package
apt-get -q -y -o Acquire::Retries=3 install --no-install-recommends $missing </dev/null
