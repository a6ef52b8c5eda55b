#include "attest/net/addr.h"

#include <linux/rtnetlink.h>

/* lo is number 1 in every network namespace. */
#define LOOPBACK_INDEX 1

int addr_set(struct nl *nl, unsigned int index, struct in_addr address, uint8_t prefix,
	     uint64_t deadline_ms, struct err *e)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[NL_MESSAGE_BYTES];
	struct nlmsghdr *h =
		nl_begin(buffer, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE);
	struct ifaddrmsg *a = mnl_nlmsg_put_extra_header(h, sizeof(*a));

	a->ifa_family = AF_INET;
	a->ifa_prefixlen = prefix;
	a->ifa_scope = RT_SCOPE_UNIVERSE;
	a->ifa_index = index;
	mnl_attr_put_u32(h, IFA_LOCAL, address.s_addr);
	mnl_attr_put_u32(h, IFA_ADDRESS, address.s_addr);
	return nl_talk(nl, h, NULL, NULL, deadline_ms, e);
}

static int look_at(const struct nlmsghdr *h, void *ctx)
{
	const struct ifaddrmsg *a = mnl_nlmsg_get_payload(h);
	unsigned int *found = ctx;

	if (a->ifa_scope == RT_SCOPE_UNIVERSE && a->ifa_index != LOOPBACK_INDEX &&
	    !(a->ifa_flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) && !*found)
		*found = a->ifa_index;
	return MNL_CB_OK;
}

int addr_find_global(struct nl *nl, uint64_t deadline_ms, unsigned int *ret_index, struct err *e)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[NL_MESSAGE_BYTES];
	struct nlmsghdr *h = nl_begin(buffer, RTM_GETADDR, NLM_F_DUMP);
	unsigned int found = 0;
	int failed;

	(void)mnl_nlmsg_put_extra_header(h, sizeof(struct ifaddrmsg));
	failed = nl_talk(nl, h, look_at, &found, deadline_ms, e);
	if (failed)
		return failed;
	if (!found)
		return FAIL(e, FAIL_AGAIN, "no interface has a global address");
	*ret_index = found;
	return 0;
}
