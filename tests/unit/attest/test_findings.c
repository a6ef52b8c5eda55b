/* What status says the machine has. */
#include <criterion/criterion.h>
#include <string.h>

#include "attest/evidence/findings.h"
#include "attest/evidence/probe.h"

static struct msg_finding named(const struct evidence *ev, const char *name)
{
	for (size_t i = 0; i < FINDINGS; i++) {
		struct msg_finding f = finding(ev, i);

		cr_expect_eq(f.index, i);
		if (!strcmp(f.name, name))
			return f;
	}
	cr_assert_fail("no finding \"%s\"", name);
	return (struct msg_finding){ 0 };
}

Test(findings, are_all_absent_where_there_is_nothing)
{
	struct evidence ev = { .dev = EVIDENCE_NO_DEVICES };

	for (size_t i = 0; i < FINDINGS - 1; i++) {
		struct msg_finding f = finding(&ev, i);

		cr_expect_eq(f.state, FINDING_ABSENT, "%s", f.name);
		cr_expect_str_eq(f.text, "");
	}
	cr_expect_eq(named(&ev, "sample").state, FINDING_PRESENT, "these tests have it built in");
}

Test(findings, tell_what_evidence_rests_on)
{
	struct evidence ev = { .driver = &evidence_snp, .dev = EVIDENCE_NO_DEVICES };

	ev.dev.sev_guest = 9;
	cr_expect_eq(named(&ev, "sev-guest").state, FINDING_USED);
	cr_expect_str_eq(named(&ev, "sev-guest").text, "reports");
	cr_expect_eq(named(&ev, "configfs-tsm").state, FINDING_ABSENT);

	ev.dev.tsm = 8;
	cr_expect_eq(named(&ev, "configfs-tsm").state, FINDING_USED);
	cr_expect_eq(named(&ev, "sev-guest").state, FINDING_PRESENT, "it stands in");
	cr_expect_eq(named(&ev, "sample").state, FINDING_PRESENT);
}

Test(findings, count_a_device_of_another_tee_as_not_used)
{
	struct evidence ev = { .driver = &evidence_tdx,
			       .dev = { 3, 4, 5, 6, 7, 8, 9, 10, NULL, NULL, 1 } };

	cr_expect_eq(named(&ev, "sev-guest").state, FINDING_PRESENT);
	cr_expect_eq(named(&ev, "tdx_guest").state, FINDING_USED);
	cr_expect_eq(named(&ev, "TDX registers").state, FINDING_USED);
	cr_expect_eq(named(&ev, "RTMR3").state, FINDING_USED);
	cr_expect_eq(named(&ev, "CCEL").state, FINDING_USED);
}

/* The firmware of SNP and TDX fills no area: what is in it there is the host's. */
Test(findings, say_what_a_launch_secret_proves_and_to_whom)
{
	struct evidence ev = { .driver = &evidence_sev, .dev = EVIDENCE_NO_DEVICES };
	struct msg_finding f;

	ev.dev.launch_secret = 9;
	f = named(&ev, "EFI secret area");
	cr_expect_eq(f.state, FINDING_USED);
	cr_expect_eq(strncmp(f.text, "root secret: ", 13), 0);
	cr_expect(strstr(f.text, "accepted this launch"), "%s", f.text);
	cr_expect(strstr(f.text, "no freshness, no proof to others"), "%s", f.text);
	cr_expect(strstr(f.text, "plain SEV leaks registers"), "it is whole: %s", f.text);

	ev.driver = &evidence_snp;
	f = named(&ev, "EFI secret area");
	cr_expect_eq(f.state, FINDING_PRESENT);
	cr_expect_str_eq(f.text, "a launch secret: erased, and used for nothing");
}

Test(findings, count_nothing_as_used_before_there_is_a_driver)
{
	struct evidence ev = { .dev = { 3, 4, 5, 6, 7, 8, 9, 10, NULL, NULL, 1 } };

	for (size_t i = 0; i < FINDINGS; i++)
		cr_expect_eq(finding(&ev, i).state, FINDING_PRESENT);
}

Test(findings, tell_what_a_tpm_is_for)
{
	struct evidence ev = { .driver = &evidence_tpm, .dev = EVIDENCE_NO_DEVICES };

	ev.dev.tpmrm = 9;
	cr_expect_eq(named(&ev, "TPM").state, FINDING_USED);
	cr_expect(strstr(named(&ev, "TPM").text, "PCR 15"));
	ev.driver = &evidence_snp;
	cr_expect_eq(named(&ev, "TPM").state, FINDING_PRESENT);
	cr_expect(strstr(named(&ev, "TPM").text, "sealed root"));
}

Test(findings, tell_what_becomes_of_gpus)
{
	struct evidence ev = { .driver = &evidence_snp, .dev = EVIDENCE_NO_DEVICES };

	ev.wants_gpus = true;
	cr_expect_eq(named(&ev, "NVIDIA GPUs").state, FINDING_ABSENT);
	ev.dev.gpus = 8;
	cr_expect_eq(named(&ev, "NVIDIA GPUs").state, FINDING_USED);
	ev.wants_gpus = false;
	cr_expect_eq(named(&ev, "NVIDIA GPUs").state, FINDING_PRESENT);
}
