#include "attest/net/route.h"

#include <linux/rtnetlink.h>
#include <stdbool.h>

int route_set_default(struct nl *nl, unsigned int index, struct in_addr gateway,
		      uint64_t deadline_ms, struct err *e)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[NL_MESSAGE_BYTES];
	struct nlmsghdr *h =
		nl_begin(buffer, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE);
	struct rtmsg *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));

	r->rtm_family = AF_INET;
	r->rtm_table = RT_TABLE_MAIN;
	r->rtm_protocol = RTPROT_BOOT;
	r->rtm_scope = RT_SCOPE_UNIVERSE;
	r->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(h, RTA_GATEWAY, gateway.s_addr);
	mnl_attr_put_u32(h, RTA_OIF, index);
	return nl_talk(nl, h, NULL, NULL, deadline_ms, e);
}

/* IPv6 lists an "unreachable" default of its own on some kernels: only RTN_UNICAST leads anywhere.
 */
static int look_at(const struct nlmsghdr *h, void *ctx)
{
	const struct rtmsg *r = mnl_nlmsg_get_payload(h);
	bool *found = ctx;

	if (r->rtm_dst_len == 0 && r->rtm_type == RTN_UNICAST && r->rtm_table == RT_TABLE_MAIN &&
	    !(r->rtm_flags & RTM_F_CLONED))
		*found = true;
	return MNL_CB_OK;
}

int route_find_default(struct nl *nl, uint64_t deadline_ms, struct err *e)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[NL_MESSAGE_BYTES];
	struct nlmsghdr *h = nl_begin(buffer, RTM_GETROUTE, NLM_F_DUMP);
	bool found = false;
	int failed;

	(void)mnl_nlmsg_put_extra_header(h, sizeof(struct rtmsg));
	failed = nl_talk(nl, h, look_at, &found, deadline_ms, e);
	if (failed)
		return failed;
	return found ? 0 : FAIL(e, FAIL_AGAIN, "no default route");
}
