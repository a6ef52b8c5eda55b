#include "tests/unit/attest/fake_sev.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

struct fake_sev fake_sev;

static uint32_t get32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint64_t get64(const uint8_t *at)
{
	return get32(at) | (uint64_t)get32(at + 4) << 32;
}

static void put32(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static uint8_t *address(const uint8_t *at)
{
	return (uint8_t *)(uintptr_t)get64(at);
}

static int fail(uint8_t *request, int sys, uint32_t fw, uint32_t vmm)
{
	if (fw || vmm) {
		put32(request + 24, fw);
		put32(request + 28, vmm);
	}
	errno = sys;
	return sys ? -1 : 0;
}

static uint32_t status_for(uint32_t vmpl)
{
	fake_sev.vmpl = vmpl;
	return vmpl < fake_sev.floor ? 0x16 : 0;
}

static void give_report(const uint8_t *req, uint8_t *resp, int is_odd)
{
	uint32_t status = is_odd && fake_sev.status ? fake_sev.status : status_for(get32(req + 64));

	memset(resp, 0, 4000);
	put32(resp, status);
	if (status)
		return;
	put32(resp + 4, is_odd && fake_sev.size ? fake_sev.size : 1184);
	memcpy(resp + 32, fake_sev.report, 1184);
	memcpy(resp + 32 + 0x50, req, 64);
	if (is_odd)
		resp[32 + 0x50] ^= fake_sev.foreign;
}

static void check_report(const uint8_t *req)
{
	for (int i = 68; i < 96; i++)
		cr_assert_eq(req[i], 0, "reserved byte %d", i);
}

static int extended(uint8_t *request, uint8_t *req, uint8_t *resp, int is_odd)
{
	uint32_t len = get32(req + 104);

	if (!fake_sev.extended++)
		fake_sev.first_len = len;
	if (len % 4096 || len > 16384)
		return fail(request, EINVAL, 0, 0);
	if (len < fake_sev.certs_need) {
		put32(req + 104, fake_sev.certs_need);
		return fail(request, fake_sev.is_short_quiet ? 0 : EIO, 0, 1);
	}
	memcpy(address(req + 96), fake_sev.certs, fake_sev.certs_need);
	give_report(req, resp, is_odd);
	return 0;
}

static int derived(const uint8_t *req, uint8_t *resp, int is_odd)
{
	uint32_t status = is_odd && fake_sev.status ? fake_sev.status : status_for(get32(req + 16));

	fake_sev.keys++;
	fake_sev.fields = get64(req + 8);
	cr_assert_eq(get64(req), 0, "VCEK-rooted, and nothing reserved");
	cr_assert_eq(get32(req + 20), 0, "guest SVN");
	cr_assert_eq(get64(req + 24), 0, "TCB version");
	memset(resp, 0, 64);
	put32(resp, status);
	if (!status)
		memcpy(resp + 32, fake_sev.key, 32);
	return 0;
}

int fake_sev_ioctl(int fd, unsigned long request, void *arg)
{
	uint8_t *r = arg, *req = address(r + 8), *resp = address(r + 16);
	int is_odd = fake_sev.odd_calls < 0 || fake_sev.calls < fake_sev.odd_calls;

	cr_assert_eq(fd, FAKE_SEV_FD);
	cr_assert_eq(r[0], 1, "the message's version");
	cr_assert_eq(get64(r + 24), 0, "exitinfo2 is zero before the call");
	fake_sev.calls++;
	fake_sev.resp = resp;
	if (is_odd && (fake_sev.sys || fake_sev.fw || fake_sev.vmm))
		return fail(r, fake_sev.sys, fake_sev.fw, fake_sev.vmm);
	if (is_odd && fake_sev.is_mute)
		return 0;
	switch (request) {
	case 0xC0205300:
		check_report(req);
		fake_sev.plain++;
		give_report(req, resp, is_odd);
		return 0;
	case 0xC0205301:
		return derived(req, resp, is_odd);
	case 0xC0205302:
		check_report(req);
		return extended(r, req, resp, is_odd);
	}
	return fail(r, ENOTTY, 0, 0);
}
