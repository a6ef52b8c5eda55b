/* The link, in a network namespace of the test's own. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "attest/net/addr.h"
#include "attest/net/link.h"
#include "attest/net/net.h"
#include "attest/net/nl.h"
#include "attest/net/route.h"
#include "base/clock.h"

static void enter_namespace(void)
{
	if (unshare(CLONE_NEWNET) < 0)
		cr_skip_test("needs root for a network namespace: %s", strerror(errno));
}

/* A pair of interfaces, wired to each other; the second has another name. */
static void add_veth(const char *name, const char *peer)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[NL_MESSAGE_BYTES];
	struct nlmsghdr *h = nl_begin(buffer, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data, *other;
	AUTO_NL struct nl nl = NL_CLOSED;
	struct err e = { 0 };

	cr_assert_eq(nl_open(&nl, 0, &e), 0, "%s", e.text);
	(void)mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	other = mnl_attr_nest_start(h, VETH_INFO_PEER);
	(void)mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(h, IFLA_IFNAME, peer);
	mnl_attr_nest_end(h, other);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
	if (nl_talk(&nl, h, NULL, NULL, deadline_in(2000), &e) < 0)
		cr_skip_test("needs veth: %s", e.text);
}

static struct nl requests(void)
{
	struct nl nl = NL_CLOSED;

	cr_assert_eq(nl_open(&nl, 0, &(struct err){ 0 }), 0);
	return nl;
}

static void set_up(const char *name)
{
	AUTO_NL struct nl nl = requests();
	struct link link;
	struct err e = { 0 };

	cr_assert_eq(link_find(&nl, name, deadline_in(2000), &link, &e), 0, "%s", e.text);
	cr_assert_eq(link_up(&nl, link.index, deadline_in(2000), &e), 0, "%s", e.text);
}

static struct config_net given(const char *interface, const char *gateway)
{
	struct config_net net = { .is_given = true, .prefix = 24 };

	strncpy(net.interface, interface, sizeof(net.interface) - 1);
	cr_assert_eq(inet_pton(AF_INET, "10.0.2.15", &net.address), 1);
	net.has_gateway = gateway != NULL;
	if (gateway)
		cr_assert_eq(inet_pton(AF_INET, gateway, &net.gateway), 1);
	return net;
}

Test(net, sets_up_what_the_configuration_says, .timeout = 20)
{
	struct config_net net = given("eth0", "10.0.2.2");
	AUTO_NL struct nl nl = NL_CLOSED;
	unsigned int index;
	char text[80];
	struct err e = { 0 };

	enter_namespace();
	add_veth("eth0", "peer0");
	set_up("peer0");
	cr_assert_eq(net_up(&net, deadline_in(5000), text, sizeof(text), &e), 0, "%s", e.text);
	cr_assert_str_eq(text, "eth0 10.0.2.15/24");
	nl = requests();
	cr_assert_eq(addr_find_global(&nl, deadline_in(2000), &index, &e), 0, "%s", e.text);
	cr_assert_eq(index, if_nametoindex("eth0"));
	cr_assert_eq(route_find_default(&nl, deadline_in(2000), &e), 0, "%s", e.text);
	/* An attest that was started again finds it all there. */
	cr_assert_eq(net_up(&net, deadline_in(5000), text, sizeof(text), &e), 0, "%s", e.text);
}

Test(net, takes_the_first_interface_that_is_not_lo, .timeout = 20)
{
	struct config_net net = given("", NULL);
	char text[80];
	struct err e = { 0 };

	enter_namespace();
	add_veth("ethx", "peer0");
	set_up("peer0");
	set_up("ethx");
	cr_assert_eq(net_up(&net, deadline_in(5000), text, sizeof(text), &e), 0, "%s", e.text);
	/* veth makes the peer first. */
	cr_assert(!strcmp(text, "peer0 10.0.2.15/24") || !strcmp(text, "ethx 10.0.2.15/24"), "%s",
		  text);
}

Test(net, says_which_interface_never_came, .timeout = 20)
{
	struct config_net net = given("eth7", NULL);
	char text[80] = "untouched";
	struct err e = { 0 };
	uint64_t start = clock_boot_ms();

	enter_namespace();
	cr_assert_eq(net_up(&net, deadline_in(200), text, sizeof(text), &e), -FAIL_AGAIN);
	cr_assert_str_eq(e.text, "no interface eth7");
	cr_assert_str_eq(text, "untouched");
	cr_assert_geq(clock_boot_ms() - start, 190);
	cr_assert_lt(clock_boot_ms() - start, 2000);
}

Test(net, says_when_there_is_no_carrier, .timeout = 20)
{
	struct config_net net = given("eth0", NULL);
	char text[80];
	struct err e = { 0 };

	enter_namespace();
	add_veth("eth0", "peer0"); /* whose other end stays down */
	cr_assert_eq(net_up(&net, deadline_in(200), text, sizeof(text), &e), -FAIL_AGAIN);
	cr_assert(strstr(e.text, "eth0 has no carrier"), "%s", e.text);
}

Test(net, a_gateway_elsewhere_is_an_error_of_the_kernels, .timeout = 20)
{
	struct config_net net = given("eth0", "192.0.2.1");
	char text[80];
	struct err e = { 0 };

	enter_namespace();
	add_veth("eth0", "peer0");
	set_up("peer0");
	cr_assert_eq(net_up(&net, deadline_in(2000), text, sizeof(text), &e), -FAIL_SYS);
	cr_assert_eq(e.sys, ENETUNREACH, "%s", e.text);
}

/* What kata-agent does, some time after we began to wait. */
static void *play_the_runtime(void *arg)
{
	struct config_net net = given("eth0", "10.0.2.2");
	AUTO_NL struct nl nl = requests();
	struct link link;
	struct err e = { 0 };

	(void)arg;
	(void)poll(NULL, 0, 100);
	add_veth("eth0", "peer0");
	set_up("peer0");
	set_up("eth0");
	cr_assert_eq(link_find(&nl, "eth0", deadline_in(2000), &link, &e), 0, "%s", e.text);
	cr_assert_eq(addr_set(&nl, link.index, net.address, 24, deadline_in(2000), &e), 0, "%s",
		     e.text);
	(void)poll(NULL, 0, 100);
	cr_assert_eq(route_set_default(&nl, link.index, net.gateway, deadline_in(2000), &e), 0,
		     "%s", e.text);
	return NULL;
}

Test(net, waits_for_what_the_runtime_sets_up, .timeout = 20)
{
	struct config_net none = { .is_given = false };
	pthread_t thread;
	char text[80];
	struct err e = { 0 };
	uint64_t start = clock_boot_ms();

	enter_namespace();
	cr_assert_eq(pthread_create(&thread, NULL, play_the_runtime, NULL), 0);
	cr_assert_eq(net_up(&none, deadline_in(10000), text, sizeof(text), &e), 0, "%s", e.text);
	cr_assert_geq(clock_boot_ms() - start, 190, "not before the route");
	cr_assert_lt(clock_boot_ms() - start, 5000, "by an event, not by the deadline");
	cr_assert_eq(strncmp(text, "eth0", 4), 0, "%s", text);
	pthread_join(thread, NULL);
}

Test(net, says_what_the_runtime_left_out, .timeout = 20)
{
	struct config_net none = { .is_given = false }, net = given("eth0", NULL);
	char text[80];
	struct err e = { 0 };

	enter_namespace();
	cr_assert_eq(net_up(&none, deadline_in(100), text, sizeof(text), &e), -FAIL_AGAIN);
	cr_assert_str_eq(e.text, "no interface has a global address");
	add_veth("eth0", "peer0");
	set_up("peer0");
	cr_assert_eq(net_up(&net, deadline_in(2000), text, sizeof(text), &e), 0, "%s", e.text);
	cr_assert_eq(net_up(&none, deadline_in(100), text, sizeof(text), &e), -FAIL_AGAIN);
	cr_assert_str_eq(e.text, "no default route");
}
