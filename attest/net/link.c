#include "attest/net/link.h"

#include <linux/rtnetlink.h>
#include <string.h>

/* linux/if.h has it, and does not go together with net/if.h. IFF_RUNNING alone won't do: it stays
 * set for a moment after the interface went up, until the kernel has looked at the wire. */
#define LOWER_UP 0x10000

struct search {
	const char *name;
	struct link best;
};

static int take_name(const struct nlattr *a, void *ret)
{
	if (mnl_attr_get_type(a) == IFLA_IFNAME && mnl_attr_validate(a, MNL_TYPE_NUL_STRING) >= 0 &&
	    mnl_attr_get_payload_len(a) <= IFNAMSIZ)
		memcpy(ret, mnl_attr_get_str(a), mnl_attr_get_payload_len(a));
	return MNL_CB_OK;
}

static int look_at(const struct nlmsghdr *h, void *ctx)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(h);
	struct search *s = ctx;
	struct link found = {
		.index = (unsigned int)info->ifi_index,
		.is_up = info->ifi_flags & IFF_UP,
		.has_carrier = info->ifi_flags & LOWER_UP && info->ifi_flags & IFF_RUNNING,
	};

	if (mnl_attr_parse(h, sizeof(*info), take_name, found.name) < 0)
		return MNL_CB_ERROR;
	if (*s->name ? strcmp(found.name, s->name) != 0 : (info->ifi_flags & IFF_LOOPBACK) != 0)
		return MNL_CB_OK;
	if (!s->best.index || found.index < s->best.index)
		s->best = found;
	return MNL_CB_OK;
}

int link_find(struct nl *nl, const char *name, uint64_t deadline_ms, struct link *ret,
	      struct err *e)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[NL_MESSAGE_BYTES];
	struct nlmsghdr *h = nl_begin(buffer, RTM_GETLINK, NLM_F_DUMP);
	struct search s = { .name = name };
	int failed;

	(void)mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	failed = nl_talk(nl, h, look_at, &s, deadline_ms, e);
	if (failed)
		return failed;
	if (!s.best.index)
		return FAIL(e, FAIL_AGAIN, "no interface %s", *name ? name : "but lo");
	*ret = s.best;
	return 0;
}

int link_up(struct nl *nl, unsigned int index, uint64_t deadline_ms, struct err *e)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[NL_MESSAGE_BYTES];
	struct nlmsghdr *h = nl_begin(buffer, RTM_NEWLINK, NLM_F_ACK);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(h, sizeof(*info));

	info->ifi_index = (int)index;
	info->ifi_flags = IFF_UP;
	info->ifi_change = IFF_UP;
	return nl_talk(nl, h, NULL, NULL, deadline_ms, e);
}
