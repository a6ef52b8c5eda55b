# Scenarios of guest.sh: a TPM, by swtpm; alone, and beside a TEE.
# shellcheck shell=sh disable=SC2034,SC2154 # guest.sh, which reads this, has the variables

# tpm NAME [WORDS]: boots with the scenario's TPM and the configuration NAME.
tpm() {
	make_disk "$WORK/$current.disk"
	tpm_again "$@"
}

# The same, with the disk as the last boot left it.
tpm_again() {
	TPM=$WORK/$current.tpm WORDS=${2:-}
	guest "$WORK/$1.img" "$WORK/$current.disk"
	ended=$?
	TPM='' WORDS=''
	return "$ended"
}

make_ak() {
	tpm2_createek -Q -G rsa -c "$1/ek.ctx" &&
		tpm2_createak -Q -C "$1/ek.ctx" -G rsa -g sha256 -s rsassa -c "$1/ak.ctx" &&
		tpm2_flushcontext -t && tpm2_evictcontrol -Q -C o -c "$1/ak.ctx" 0x81010002 && read_ak "$1"
}

read_ak() {
	tpm2_readpublic -Q -c 0x81010002 -f der -o "$1/ak.der"
}

# vouch FUNCTION CONFIG: the key that make_ak or read_ak finds in the scenario's TPM is known from here on.
vouch() {
	on_tpm "$WORK/$current.tpm" "$1" "$WORK/$current.tpm"
	make_reference "$(hash <"$WORK/$current.tpm/ak.der")" "$2"
}

# A new TPM: the guest makes the key, the broker does not know it, somebody registers it.
t_tpm_ak_made() {
	scenario hello
	make_reference
	tpm tpm && refuses 'tpm.ak-unknown' || return
	vouch read_ak tpm
	tpm tpm && says 'payload: ok' && ok
}

# The key was made and registered before, as one does who installs machines.
t_tpm_evidence() {
	scenario evidence
	vouch make_ak tpm
	tpm tpm && says 'stage config done .*measured by PCR 8' 'stage evidence done .*tpm' \
		'"strength":"pcr","register":"PCR 15"' 'own domain is denied' 'payload: ok' &&
		shown snp bound.log fresh.answers tpm.pcrs-match && ok
}

t_tpm_events() {
	scenario events
	vouch make_ak tpm
	tpm tpm && says 'payload: "count":100[0-9]' 'payload: ok' && shown snp bound.log fresh.answers && ok
}

# Attest is killed and started again: PCR 8 is extended once all the same, or the verdict were tpm.initdata.
t_tpm_killed() {
	scenario kill-attest-events
	vouch make_ak tpm
	tpm tpm && says 'payload: attest killed 3 times: ' 'payload: ok' &&
		shown snp bound.log fresh.answers tpm.pcrs-match && ok
}

# The root secret opens for this configuration alone. The broker serves the containers.
t_tpm_sealed() {
	scenario hello
	vouch make_ak tpm-sealed
	tpm tpm-sealed && says 'a new root secret was made' 'stage keys done .*a root sealed in the TPM' 'payload: ok' &&
		tpm_again tpm-sealed && never 'a new root secret was made' &&
		says 'the file and the blob of an earlier boot are there' 'payload: ok' || return
	before=$(sha256sum <"$WORK/$current.disk")
	tpm_again tpm-sealed-other && says 'boot failed: keys: .*image, configuration or firmware changed' &&
		unchanged "$WORK/$current.disk" "$before" && ok
}

# Nobody falls back to a TPM, which the host may emulate.
t_tpm_auto() {
	tpm tpm-auto && says 'boot failed: config: .*A TPM alone counts if tee is "tpm"' && ok
}

# Somebody in the guest extended PCR 8 before.
t_tpm_initdata() {
	tpm tpm tpm.extend=8 && says 'boot failed: config: .*PCR 8 is .*somebody else' && ok
}

# Beside a TEE it is what a root may be sealed in, and PCR 8 holds the configuration too; unless somebody was there first.
t_snp_tpm() {
	scenario hello
	TPM=$WORK/$current.tpm
	tee snp-sealed sev_guest && says 'measured by HOST_DATA' 'stage keys done .*a root sealed in the TPM' 'payload: ok' &&
		tee_again snp-sealed sev_guest '' tpm.extend=8 &&
		says 'no use can be made of the TPM: PCR 8' 'boot failed: keys: .*does not hold this configuration' && ok
	TPM=
}

# An old copy of the disk is found out by the TPM's counter; the newest opens, also after the old one was tried.
t_tpm_rollback() {
	scenario hello
	tpm anchored && says 'payload: ok' || return
	cp --sparse=always "$WORK/$current.disk" "$WORK/$current.old"
	tpm_again anchored && says 'the file and the blob of an earlier boot are there' 'payload: ok' || return
	mv "$WORK/$current.disk" "$WORK/$current.new"
	mv "$WORK/$current.old" "$WORK/$current.disk"
	before=$(sha256sum <"$WORK/$current.disk")
	tpm_again anchored && says 'boot failed: volumes: .*volume-stale: session' && never 'payload: ' &&
		unchanged "$WORK/$current.disk" "$before" || return
	mv "$WORK/$current.new" "$WORK/$current.disk"
	tpm_again anchored && says 'payload: ok' && ok
}

# Attest is killed, the volume stays open: its counter is raised once all the same, and the next boot takes the disk.
t_tpm_rollback_killed() {
	scenario kill-attest
	tpm anchored && says 'payload: attest killed: attested again' || return
	scenario hello
	tpm_again anchored && says 'payload: ok' && ok
}

# Another TPM, and none: refused, and the disk is as it was.
t_tpm_rollback_other() {
	scenario hello
	tpm anchored && says 'payload: ok' || return
	before=$(sha256sum <"$WORK/$current.disk")
	rm -r "$WORK/$current.tpm"
	tpm_again anchored && says 'boot failed: volumes: .*volume-stale: session [0-9]* is counted elsewhere' || return
	guest "$WORK/anchored.img" "$WORK/$current.disk" &&
		says 'boot failed: volumes: .*no anchor here: a TPM is missing' &&
		unchanged "$WORK/$current.disk" "$before" && ok
}

m_tpm() {
	scenario time-evidence
	vouch make_ak tpm
	tpm tpm && timed 'TPM'
}
