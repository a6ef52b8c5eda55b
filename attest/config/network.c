#include <string.h>

#include "attest/config/fields.h"
#include "attest/config/parts.h"
#include "base/json.h"

struct members {
	const cJSON *interface, *address, *gateway, *nameservers, *deadline;
};

static int read_members(const cJSON *node, struct members *ret, struct err *e)
{
	const struct json_field fields[] = {
		{ "interface", JSON_TEXT, false, &ret->interface },
		{ "address", JSON_TEXT, true, &ret->address },
		{ "gateway", JSON_TEXT, false, &ret->gateway },
		{ "nameservers", JSON_ARRAY, false, &ret->nameservers },
		{ "deadline_ms", JSON_U64, false, &ret->deadline },
		{ 0 },
	};

	return json_object(node, "network", fields, e);
}

/* What the kernel takes for an interface's name, less what nobody uses. */
static int read_interface(const cJSON *node, struct config_net *net, struct err *e)
{
	int failed = node ? field_text(node, "network.interface", net->interface,
				       sizeof(net->interface), e)
			  : 0;

	if (failed)
		return failed;
	if (strpbrk(net->interface, "/: ") || !strcmp(net->interface, ".") ||
	    !strcmp(net->interface, "..") || !strcmp(net->interface, "lo"))
		return FAIL(e, FAIL_INPUT, "network.interface: \"%s\" can't be used",
			    net->interface);
	return 0;
}

static int read_nameservers(const cJSON *array, struct config_net *net, struct err *e)
{
	const cJSON *node;
	int failed;

	cJSON_ArrayForEach(node, array)
	{
		if (net->nameserver_count == LIMIT_NAMESERVERS)
			return FAIL(e, FAIL_LIMIT, "network.nameservers: more than %d",
				    LIMIT_NAMESERVERS);
		failed = field_address(node, "network.nameservers",
				       net->nameservers[net->nameserver_count],
				       sizeof(net->nameservers[0]), e);
		if (failed)
			return failed;
		net->nameserver_count++;
	}
	return 0;
}

int config_read_network(const cJSON *node, struct config_net *ret, struct err *e)
{
	struct members m = { 0 };
	int failed;

	ret->deadline_ms = DEFAULT_NET_MS;
	if (!node)
		return 0;
	failed = read_members(node, &m, e);
	if (!failed)
		failed = read_interface(m.interface, ret, e);
	if (!failed)
		failed = field_cidr(m.address, "network.address", &ret->address, &ret->prefix, e);
	if (!failed && m.gateway)
		failed = field_ipv4(m.gateway, "network.gateway", &ret->gateway, e);
	if (!failed)
		failed = read_nameservers(m.nameservers, ret, e);
	if (!failed)
		failed = field_number(m.deadline, "network.deadline_ms", 1, MAX_DEADLINE_MS,
				      DEFAULT_NET_MS, &ret->deadline_ms, e);
	ret->has_gateway = m.gateway;
	ret->is_given = true;
	return failed;
}
