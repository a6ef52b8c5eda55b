# Scenarios of guest.sh: SEV and SEV-ES, where a secret is injected at launch.
# shellcheck shell=sh disable=SC2034,SC2154 # guest.sh, which reads this, has the variables

# sev_config FILE [TEE [ROOT]]: what the image of such a guest holds. There is no broker in it.
sev_config() {
	cat >"$1" <<JSON
{ "version": 1, "tee": "${2:-sev}", "root_secret": "${3:-efi:secret}",
  "volumes": [ { "name": "data", "device": "serial:data", "create": "if-blank", "uid": 1000, "gid": 1000 } ],
  "payload": { "kind": "oci", "bundle": "/usr/share/sealinit/demo" } }
JSON
}

hex() {
	od -An -v -tx1 "$1" | tr -d ' \n'
}

# sev SCENARIO: a blank disk, and an image with that configuration and scenario.
sev() {
	head -c 48 /dev/urandom >"$WORK/$current.secret"
	sev_config "$WORK/$current.json"
	image_with "$WORK/$current.json" "$1"
	make_disk "$WORK/$current.disk"
}

# sev_boot SECRET [INITDATA|none [WORDS]]: boots it, with the file's bytes in the EFI secret area.
sev_boot() {
	WORDS="tee.secret=$(hex "$1") ${3:-}"
	boot "$current" "$WORK/$current.initramfs" "${2:-none}" "$WORK/$current.disk"
	ended=$?
	WORDS=
	[ "$ended" -eq 0 ] || not_ok 'the guest did not power itself off'
	return "$ended"
}

# taken: the secret was read once and erased, is told nowhere, and what others have in the area was left alone.
taken() {
	says 'launch secret of 48 bytes read and erased' \
		'secret area: ours is erased, read 1 times; the other is there, read 0 times' &&
		not_told "$WORK/$current.secret"
}

t_sev() {
	sev hello
	sev_boot "$WORK/$current.secret" && taken &&
		says 'stage config done .*the image' 'stage keys done .*of the launch secret' 'payload: ok' || return
	sev_boot "$WORK/$current.secret" && taken &&
		says 'the file and the blob of an earlier boot are there' 'payload: ok' && ok
}

t_sev_other_secret() {
	sev hello
	sev_boot "$WORK/$current.secret" && says 'payload: ok' || return
	before=$(sha256sum <"$WORK/$current.disk")
	head -c 48 /dev/urandom >"$WORK/$current.other"
	sev_boot "$WORK/$current.other" && says 'boot failed: volumes: ' 'ours is erased' && never 'payload: ok' &&
		unchanged "$WORK/$current.disk" "$before" && ok
}

# The host's disk asks for a payload without keys, as far as it is heard; and is well-formed otherwise.
t_sev_initdata() {
	sev hello
	before=$(sha256sum <"$WORK/$current.disk")
	sed 's/"version": 1/"version": 1, "on_failure": "degraded"/' "$WORK/$current.json" >"$WORK/$current-disk.json"
	make_initdata "$current-disk" >/dev/null
	sev_boot "$WORK/$current.secret" "$WORK/$current-disk.img" && taken &&
		says 'boot failed: config: .*initdata disk, which nothing here measures' &&
		never 'payload: ' 'stage payload' degraded && unchanged "$WORK/$current.disk" "$before" && ok
}

# No area, and one with somebody else's secret alone.
t_sev_no_secret() {
	sev hello
	before=$(sha256sum <"$WORK/$current.disk")
	boot "$current" "$WORK/$current.initramfs" none "$WORK/$current.disk" || {
		not_ok 'the guest did not power itself off'
		return
	}
	says 'boot failed: config: no launch secret: inject 32 random bytes or more under' &&
		never 'secret area: ' || return
	sev_boot /dev/null && says 'boot failed: config: no launch secret: inject' \
		'secret area: ours is absent, read 0 times; the other is there, read 0 times' &&
		never 'payload: ' && unchanged "$WORK/$current.disk" "$before" && ok
}

t_sev_short_secret() {
	sev hello
	head -c 31 "$WORK/$current.secret" >"$WORK/$current.short"
	sev_boot "$WORK/$current.short" && says 'boot failed: boot: secret area: a launch secret of 31 bytes' 'ours is erased' &&
		never 'payload: ' && not_told "$WORK/$current.short" && ok
}

t_sev_evidence() {
	sev no-evidence
	sev_boot "$WORK/$current.secret" && taken &&
		says 'payload: no evidence: denied' 'payload: event {"index":' 'payload: log {"strength":"chain"' \
			'found EFI secret area *used, root secret: ' 'no freshness, no proof to others' 'payload: ok' && ok
}

t_sev_killed() {
	sev kill-attest-launch
	sev_boot "$WORK/$current.secret" && taken &&
		says 'sealinit-attest: killed by signal 9: started again' 'payload: attest killed: attested again' 'payload: ok' && ok
}

# A host that starts an SNP guest as SEV gets nowhere with a configuration that does not name it.
t_sev_auto() {
	sev hello
	sev_config "$WORK/$current.json" auto random # efi:secret is refused with it when parsed
	sed -i 's/if-blank/always/' "$WORK/$current.json"
	image_with "$WORK/$current.json" hello
	before=$(sha256sum <"$WORK/$current.disk")
	sev_boot "$WORK/$current.secret" && taken &&
		says 'boot failed: config: .*never by "auto"' && never 'payload: ' &&
		unchanged "$WORK/$current.disk" "$before" && ok
}

# SNP's firmware fills no area: the entry is the host's own doing. It is taken away, and is nobody's root.
t_sev_on_snp() {
	sev hello
	sev_boot "$WORK/$current.secret" none 'tee=sev_guest' && taken &&
		says 'boot failed: config: .*tee is "sev", but this is snp' && never 'payload: ' || return
	scenario hello
	tee snp sev_guest '' "tee.secret=$(hex "$WORK/$current.secret")" && taken &&
		says 'stage config done .*HOST_DATA' 'stage evidence done .*snp' 'payload: ok' && ok
}
