#include "attest/gpu/switches.h"

#include <string.h>

static int check_archs(const struct switches *s, struct gpu_why *w)
{
	int8_t archs[LIMIT_SWITCHES];
	int failed = nscq_archs(&s->library, &s->list, archs, w);

	for (unsigned i = 0; i < s->list.count && !failed; i++)
		if (archs[i] != NSCQ_LS10)
			failed = WHY(w, GPU_ARCH, FAIL_DENIED,
				     "switch %.40s of architecture %d does not attest",
				     s->list.at[i].label, archs[i]);
	return failed;
}

/* Until the lock whoever has the device can change how it routes. */
static int check_lock(const struct switches *s, const struct nscq_switch *one, struct gpu_why *w)
{
	int8_t mode;
	int failed = nscq_tnvl(&s->library, one, &mode, w);

	if (failed || mode == NSCQ_TNVL_LOCKED)
		return failed;
	if (mode == NSCQ_TNVL_ON)
		return WHY(w, GPU_LOCK, FAIL_AGAIN,
			   "switch %.40s is not locked yet: fabric manager first", one->label);
	return WHY(w, GPU_LOCK, FAIL_DENIED,
		   "switch %.40s is in mode %d and can't be locked: the host sets protected PCIe",
		   one->label, mode);
}

static int check(const struct switches *s, unsigned on_bus, struct gpu_why *w)
{
	int failed;

	if (s->list.count != on_bus)
		return WHY(w, GPU_PCI, FAIL_DENIED,
			   "NSCQ knows %u switches, the bus shows %u: NSCQ has to be of the "
			   "driver's version",
			   s->list.count, on_bus);
	failed = check_archs(s, w);
	for (unsigned i = 0; i < s->list.count && !failed; i++)
		failed = check_lock(s, &s->list.at[i], w);
	return failed;
}

int switches_open(struct switches *ret, const char *library, unsigned on_bus, struct gpu_why *w)
{
	AUTO_SWITCHES struct switches s = { 0 };
	int failed;

	if (!on_bus) {
		*ret = s;
		return 0;
	}
	failed = nscq_open(&s.library, library, w);
	if (!failed)
		failed = nscq_find(&s.library, &s.list, w);
	if (!failed)
		failed = check(&s, on_bus, w);
	if (failed)
		return failed;
	*ret = s;
	s.library.session = NULL;
	return 0;
}

void switches_close(struct switches *s)
{
	nscq_close(&s->library);
}

static bool is_in(const struct nscq_switch *one, const struct nscq_list *l)
{
	for (unsigned i = 0; i < l->count; i++)
		if (!memcmp(&l->at[i].uuid, &one->uuid, sizeof(one->uuid)))
			return true;
	return false;
}

int switches_same(const struct switches *s, struct gpu_why *w)
{
	struct nscq_list now = { 0 };
	int failed = s->list.count ? nscq_find(&s->library, &now, w) : 0;

	if (!failed && now.count != s->list.count)
		failed = WHY(w, GPU_COUNT, FAIL_AGAIN, "%u switches became %u", s->list.count,
			     now.count);
	for (unsigned i = 0; i < now.count && !failed; i++)
		if (!is_in(&now.at[i], &s->list))
			failed = WHY(w, GPU_COUNT, FAIL_AGAIN, "switch %.40s was not there before",
				     now.at[i].label);
	return failed;
}
