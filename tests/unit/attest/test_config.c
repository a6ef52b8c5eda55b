/* sealinit.json, rule by rule. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "attest/config/config.h"
#include "base/roles.h"
#include "tests/support/fault.h"

#define PEM	    "-----BEGIN CERTIFICATE-----\\nAA==\\n-----END CERTIFICATE-----\\n"
#define BROKER	    "\"broker\":{\"url\":\"https://kbs.example:8443\",\"roots\":\"" PEM "\"}"
#define ROOT	    "\"root_secret\":\"kbs:///default/sealinit/root\""
#define WITH_BROKER "{\"version\":1," BROKER "," ROOT
#define NET(rest)   "{\"version\":1,\"network\":{\"address\":\"10.0.2.15/24\"" rest "}}"
#define VOL(rest)                                                                             \
	WITH_BROKER ",\"volumes\":[{\"name\":\"data\",\"device\":\"serial:data\",\"create\":" \
		    "\"never\"" rest "}]}"
#define VOL2(rest)                                                                                 \
	WITH_BROKER ",\"volumes\":[{\"name\":\"a\",\"device\":\"/dev/vdb\",\"create\":\"never\"}," \
		    "{" rest ",\"create\":\"never\"}]}"

static const char full[] =
	"{\"version\":1,\"on_failure\":\"degraded\",\"tee\":\"sample\","
	"\"network\":{\"interface\":\"eth0\",\"address\":\"10.0.2.15/24\",\"gateway\":\"10.0.2.2\","
	"\"nameservers\":[\"10.0.2.3\",\"fd00::1\"],\"deadline_ms\":1500},"
	"\"broker\":{\"url\":\"https://10.0.2.2:8443\",\"roots\":\"" PEM
	"\",\"server_name\":\"kbs.example\",\"insecure\":false,\"deadline_ms\":600000}," ROOT ","
	"\"volumes\":[{\"name\":\"data\",\"device\":\"serial:data\",\"create\":\"if-blank\","
	"\"uid\":1000,\"gid\":1001,\"mode\":\"0750\"},"
	"{\"name\":\"scratch-1\",\"device\":\"/dev/vdc\",\"create\":\"always\","
	"\"mount\":\"/mnt/scratch\"}],"
	"\"seal\":{\"pod\":false},\"payload\":{\"kind\":\"exec\",\"argv\":[\"/bin/x\",\"-v\",\"a "
	"b\"]}}";

Test(config, creates_no_volume_unless_told)
{
	AUTO_CONFIG struct config c = CONFIG_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(
		config_parse(span_text(WITH_BROKER
				       ",\"volumes\":[{\"name\":\"a\",\"device\":\"/dev/b\"}]}"),
			     &c, &e),
		0, "%s", e.text);
	cr_expect_eq(c.volumes[0].create, VOLUME_NEVER);
	cr_expect_eq(c.volumes[0].rollback, ROLLBACK_NONE);
}

Test(config, reads_everything_it_offers)
{
	AUTO_CONFIG struct config c = CONFIG_EMPTY;
	struct err e = { 0 };
	char text[INET_ADDRSTRLEN];

	cr_assert_eq(config_parse(span_text(full), &c, &e), 0, "%s", e.text);
	cr_expect_eq(c.init.degraded, 1);
	cr_expect_eq(c.tee, TEE_SAMPLE);
	cr_expect_str_eq(c.net.interface, "eth0");
	cr_expect_str_eq(inet_ntop(AF_INET, &c.net.address, text, sizeof(text)), "10.0.2.15");
	cr_expect_eq(c.net.prefix, 24);
	cr_expect(c.net.has_gateway);
	cr_expect_eq(c.net.nameserver_count, 2);
	cr_expect_str_eq(c.net.nameservers[1], "fd00::1");
	cr_expect_eq(c.net.deadline_ms, 1500);
	cr_expect_str_eq(c.broker.url, "https://10.0.2.2:8443");
	cr_expect_str_eq(c.broker.server_name, "kbs.example");
	cr_expect_str_eq(c.broker.root_secret, "default/sealinit/root");
	cr_expect_eq(c.broker.deadline_ms, 600000);
	cr_expect(strstr((char *)c.broker.roots.at, "CERTIFICATE-----\nAA"), "escapes are gone");
	cr_assert_eq(c.volume_count, 2);
	cr_expect_str_eq(c.volumes[0].mount, PATH_VOLUMES "/data");
	cr_expect_eq(c.volumes[0].create, VOLUME_IF_BLANK);
	cr_expect_eq(c.volumes[0].uid, 1000);
	cr_expect_eq(c.volumes[0].gid, 1001);
	cr_expect_eq(c.volumes[0].mode, 0750);
	cr_expect_str_eq(c.volumes[1].mount, "/mnt/scratch");
	cr_expect_eq(c.volumes[1].mode, CONFIG_VOLUME_MODE);
	cr_expect_not(c.seal_pod);
	cr_expect_eq(c.init.payload, PAYLOAD_EXEC);
	cr_expect_eq(c.init.argc, 3);
	cr_expect_arr_eq(c.init.argv, "/bin/x\0-v\0a b", 14);
}

Test(config, holds_a_volume_by_the_tpm_when_told)
{
	AUTO_CONFIG struct config c = CONFIG_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(config_parse(span_text(VOL(",\"rollback\":\"tpm\"")), &c, &e), 0, "%s",
		     e.text);
	cr_expect_eq(c.volumes[0].rollback, ROLLBACK_TPM);
	cr_assert_eq(config_parse(span_text(VOL(",\"rollback\":\"none\"")), &c, &e), 0, "%s",
		     e.text);
	cr_expect_eq(c.volumes[0].rollback, ROLLBACK_NONE);
}

Test(config, takes_roots_that_need_no_broker)
{
	AUTO_CONFIG struct config c = CONFIG_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(
		config_parse(span_text("{\"version\":1,\"root_secret\":\"snp:derived\","
				       "\"volumes\":[{\"name\":\"a\",\"device\":\"/dev/b\"}]}"),
			     &c, &e),
		0, "%s", e.text);
	cr_expect_eq(c.root, ROOT_SNP);
	cr_assert_eq(config_parse(span_text("{\"version\":1,\"tee\":\"tpm\","
					    "\"root_secret\":\"tpm:sealed\"}"),
				  &c, &e),
		     0, "%s", e.text);
	cr_expect_eq(c.root, ROOT_TPM);
	cr_expect_eq(c.tee, TEE_TPM);
	cr_assert_eq(
		config_parse(span_text("{\"version\":1,\"root_secret\":\"random\"," BROKER "}"), &c,
			     &e),
		0, "%s", e.text);
	cr_expect_eq(c.root, ROOT_RANDOM);
	cr_expect_str_eq(c.broker.root_secret, "");
	cr_assert_eq(config_parse(span_text("{\"version\":1,\"tee\":\"sev\","
					    "\"root_secret\":\"efi:secret\",\"volumes\":["
					    "{\"name\":\"a\",\"device\":\"/dev/b\"}]}"),
				  &c, &e),
		     0, "%s", e.text);
	cr_expect_eq(c.root, ROOT_EFI);
	cr_expect_eq(c.tee, TEE_SEV);
}

Test(config, gpus_may_be_wanted_or_wanted_not)
{
	AUTO_CONFIG struct config c = CONFIG_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(config_parse(span_text("{\"version\":1," ROOT "," BROKER "}"), &c, &e), 0);
	cr_expect_not(c.gpus.is_given);
	cr_assert_eq(config_parse(span_text("{\"version\":1," ROOT "," BROKER
					    ",\"gpus\":{\"count\":8}}"),
				  &c, &e),
		     0, "%s", e.text);
	cr_expect(c.gpus.is_given);
	cr_expect_eq(c.gpus.count, 8);
	cr_assert_eq(config_parse(span_text("{\"version\":1," ROOT "," BROKER
					    ",\"gpus\":{\"count\":0}}"),
				  &c, &e),
		     0, "%s", e.text);
	cr_expect(c.gpus.is_given, "none is a wish too");
	cr_expect_eq(c.gpus.count, 0);
}

Test(config, has_defaults_that_ask_for_nothing)
{
	AUTO_CONFIG struct config c = CONFIG_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(config_parse(span_text("{\"version\":1}"), &c, &e), 0, "%s", e.text);
	cr_expect_eq(c.init.degraded, 0);
	cr_expect_eq(c.tee, TEE_AUTO);
	cr_expect_not(c.net.is_given);
	cr_expect_not(c.broker.is_given);
	cr_expect_eq(c.net.deadline_ms, DEFAULT_NET_MS);
	cr_expect_eq(c.volume_count, 0);
	cr_expect(c.seal_pod);
	cr_expect_eq(c.init.payload, PAYLOAD_NONE);
}

struct good {
	char json[400];
};

ParameterizedTestParameters(config, accepts)
{
	static struct good rows[] = {
		{ NET("") },
		{ NET(",\"deadline_ms\":600000") },
		{ "{\"version\":1,\"broker\":{\"url\":\"http://"
		  "10.0.2.2:1\",\"insecure\":true}," ROOT "}" },
		{ "{\"version\":1,\"volumes\":[{\"name\":\"s\",\"device\":\"/dev/vdb\","
		  "\"create\":\"always\"}]}" },
		{ VOL(",\"mount\":\"/run/data\"") },
		{ VOL(",\"mount\":\"/run/sealinit/volumes/other\"") },
		{ VOL(",\"mode\":\"700\"") },
		{ "{\"version\":1,\"volumes\":[{\"name\":\"s\",\"device\":\"/dev/vdb\","
		  "\"create\":\"always\",\"rollback\":\"none\"}]}" },
		{ VOL(",\"uid\":4294967294") },
		{ VOL2("\"name\":\"b\",\"device\":\"/dev/vdc\",\"mount\":\"/run/sealinit/volumes/"
		       "ab\"") },
		{ "{\"version\":1,\"payload\":{\"kind\":\"oci\",\"bundle\":\"/usr/share/demo\"}}" },
		{ "{\"version\":1,\"network\":{\"address\":\"10.0.0.1/0\"}}" },
		{ "{\"version\":1,\"network\":{\"address\":\"10.0.0.1/32\"}}" },
	};
	return cr_make_param_array(struct good, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct good *row, config, accepts)
{
	AUTO_CONFIG struct config c = CONFIG_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(config_parse(span_text(row->json), &c, &e), 0, "%s: %s", row->json, e.text);
}

struct refused {
	char json[420];
	char says[48];
	int want; /* 0: -FAIL_INPUT */
};

ParameterizedTestParameters(config, refuses)
{
	static struct refused rows[] = {
		{ "", "json", 0 },
		{ "[]", "must be an object", 0 },
		{ "{}", "\"version\" is missing", 0 },
		{ "{\"version\":2}", "version: only 1", 0 },
		{ "{\"version\":\"1\"}", "must be a whole number", 0 },
		{ "{\"version\":1,\"version\":1}", "twice", 0 },
		{ "{\"version\":1} x", "json", 0 },
		{ "{\"version\":1,\"extra\":1}", "unknown member \"extra\"", 0 },
		{ "{\"version\":1,\"on_failure\":\"reboot\"}", "on_failure: must be one of", 0 },
		{ "{\"version\":1,\"tee\":\"sgx\"}", "tee: must be one of", 0 },
		{ "{\"version\":1,\"tee\":\"\"}", "tee: must be one of", 0 },
		{ "{\"version\":1,\"seal\":{\"pod\":1}}", "\"pod\" must be true or false", 0 },
		{ "{\"version\":1,\"seal\":{\"x\":true}}", "seal: unknown member", 0 },
		{ "{\"version\":1,\"seal\":null}", "must be an object", 0 },

		{ "{\"version\":1,\"network\":{}}", "\"address\" is missing", 0 },
		{ NET(",\"dns\":1"), "network: unknown member", 0 },
		{ NET(",\"interface\":\"\""), "network.interface", 0 },
		{ NET(",\"interface\":\"lo\""), "can't be used", 0 },
		{ NET(",\"interface\":\"../x\""), "can't be used", 0 },
		{ NET(",\"interface\":\"eth0:1\""), "can't be used", 0 },
		{ NET(",\"interface\":\"sixteen-letters0\""), "more than 15", -FAIL_LIMIT },
		{ NET(",\"gateway\":\"10.0.2\""), "not an IPv4 address", 0 },
		{ NET(",\"gateway\":\"fd00::1\""), "not an IPv4 address", 0 },
		{ NET(",\"nameservers\":[\"dns.example\"]"), "not an IP address", 0 },
		{ NET(",\"nameservers\":[1]"), "must be a string", 0 },
		{ NET(",\"nameservers\":[\"1.1.1.1\",\"1.1.1.2\",\"1.1.1.3\",\"1.1.1.4\"]"),
		  "more than 3", -FAIL_LIMIT },
		{ NET(",\"deadline_ms\":0"), "must be 1 .. 600000", 0 },
		{ NET(",\"deadline_ms\":600001"), "must be 1 .. 600000", 0 },
		{ NET(",\"deadline_ms\":1.5"), "must be a whole number", 0 },
		{ "{\"version\":1,\"network\":{\"address\":\"10.0.2.15\"}}", "10.0.2.15/24", 0 },
		{ "{\"version\":1,\"network\":{\"address\":\"10.0.2.15/33\"}}", "10.0.2.15/24", 0 },
		{ "{\"version\":1,\"network\":{\"address\":\"10.0.2.15/\"}}", "10.0.2.15/24", 0 },
		{ "{\"version\":1,\"network\":{\"address\":\"10.0.2.15/024\"}}", "like", 0 },
		{ "{\"version\":1,\"network\":{\"address\":\"10.0.2.15/2x\"}}", "like", 0 },
		{ "{\"version\":1,\"network\":{\"address\":\"10.0.2.256/24\"}}", "like", 0 },
		{ "{\"version\":1,\"network\":{\"address\":\"fd00::1/64\"}}", "like", 0 },
		{ "{\"version\":1,\"network\":{\"address\":\"100.100.100.100/244444\"}}",
		  "more than", -FAIL_LIMIT },

		{ "{\"version\":1," BROKER "}", "\"root_secret\" is missing", 0 },
		{ "{\"version\":1," ROOT "}", "\"broker\" is missing", 0 },
		{ "{\"version\":1,\"broker\":{}," ROOT "}", "\"url\" is missing", 0 },
		{ "{\"version\":1,\"broker\":{\"url\":\"https://k\"}," ROOT "}",
		  "https needs \"roots\"", 0 },
		{ "{\"version\":1,\"broker\":{\"url\":\"https://k\",\"roots\":\"\"}," ROOT "}",
		  "no PEM certificate", 0 },
		{ "{\"version\":1,\"broker\":{\"url\":\"https://k\",\"roots\":\"x\"}," ROOT "}",
		  "no PEM certificate", 0 },
		{ "{\"version\":1,\"broker\":{\"url\":\"https://"
		  "k\",\"insecure\":true,\"roots\":\"" PEM "\"}," ROOT "}",
		  "no meaning with https", 0 },
		{ "{\"version\":1,\"broker\":{\"url\":\"http://k\"}," ROOT "}",
		  "http needs \"insecure\"", 0 },
		{ "{\"version\":1,\"broker\":{\"url\":\"http://k\",\"insecure\":false}," ROOT "}",
		  "http needs \"insecure\"", 0 },
		{ "{\"version\":1,\"broker\":{\"url\":\"ftp://k\"}," ROOT "}", "must begin with",
		  0 },
		{ "{\"version\":1,\"broker\":{\"url\":\"HTTPS://k\"}," ROOT "}", "must begin with",
		  0 },
		{ "{\"version\":1,\"broker\":{\"url\":\"https://\"}," ROOT "}", "has no host", 0 },
		{ "{\"version\":1,\"broker\":{\"url\":\"https://:1\"}," ROOT "}", "has no host",
		  0 },
		{ "{\"version\":1,\"broker\":{\"url\":\"https://a@b\"}," ROOT "}", "no user", 0 },
		{ "{\"version\":1,\"broker\":{\"url\":\"https://a?b\"}," ROOT "}", "no user", 0 },
		{ "{\"version\":1,\"broker\":{\"url\":\"https://a b\"}," ROOT "}", "no user", 0 },
		{ "{\"version\":1,\"broker\":{\"url\":\"https://k\",\"server_name\":\"a/"
		  "b\",\"roots\":"
		  "\"" PEM "\"}," ROOT "}",
		  "not a host name", 0 },
		{ "{\"version\":1," BROKER ",\"root_secret\":\"default/sealinit/root\"}",
		  "must be kbs:///", 0 },
		{ "{\"version\":1," BROKER ",\"root_secret\":\"kbs://host/a/b/c\"}", "must be kbs",
		  0 },
		{ "{\"version\":1," BROKER ",\"root_secret\":\"kbs:///a/b\"}", "must be kbs", 0 },
		{ "{\"version\":1," BROKER ",\"root_secret\":\"kbs:///a/b/c/d\"}", "must be kbs",
		  0 },
		{ "{\"version\":1," BROKER ",\"root_secret\":\"kbs:///a/../c\"}", "must be kbs",
		  0 },
		{ "{\"version\":1," BROKER ",\"root_secret\":\"kbs:///a//c\"}", "must be kbs", 0 },
		{ "{\"version\":1," BROKER ",\"root_secret\":\"kbs:///a/b/c?x\"}", "must be kbs",
		  0 },

		{ WITH_BROKER ",\"volumes\":{}}", "must be an array", 0 },
		{ WITH_BROKER ",\"volumes\":[1]}", "volumes[0]: must be an object", 0 },
		{ VOL(",\"size\":1"), "volumes[0]: unknown member \"size\"", 0 },
		{ VOL(",\"mount\":\"run/x\""), "mount: \"run/x\" must be absolute", 0 },
		{ VOL(",\"mount\":\"/etc\""), "beneath /run or /mnt", 0 },
		{ VOL(",\"mount\":\"/run\""), "beneath /run or /mnt", 0 },
		{ VOL(",\"mount\":\"/runner/x\""), "beneath /run or /mnt", 0 },
		{ VOL(",\"mount\":\"/run/../etc\""), "'..'", 0 },
		{ VOL(",\"mount\":\"/run//x\""), "empty part", 0 },
		{ VOL(",\"mount\":\"/run/x/\""), "empty part", 0 },
		{ VOL(",\"mount\":\"/run/./x\""), "'.'", 0 },
		{ VOL(",\"mount\":\"/run/sealinit\""), "only /run/sealinit/volumes/", 0 },
		{ VOL(",\"mount\":\"/run/sealinit/api.sock\""), "only /run/sealinit/volumes/", 0 },
		{ VOL(",\"mount\":\"/run/sealinit/volumes\""), "only /run/sealinit/volumes/", 0 },
		{ VOL(",\"rollback\":\"session\""), "rollback: must be one of", 0 },
		{ VOL(",\"rollback\":\"\""), "rollback", 0 },
		{ VOL(",\"rollback\":true"), "must be a string", 0 },
		{ WITH_BROKER ",\"volumes\":[{\"name\":\"s\",\"device\":\"/dev/vdb\","
			      "\"create\":\"always\",\"rollback\":\"tpm\"}]}",
		  "volumes[0]: rollback: a volume that is", 0 },
		{ WITH_BROKER ",\"on_failure\":\"degraded\",\"volumes\":[{\"name\":\"s\","
			      "\"device\":\"/dev/vdb\",\"rollback\":\"tpm\"}]}",
		  "volumes[0]: rollback needs on_failure", 0 },
		{ VOL(",\"uid\":4294967295"), "uid: must be", 0 },
		{ VOL(",\"gid\":-1"), "whole number", 0 },
		{ VOL(",\"mode\":\"0788\""), "octal", 0 },
		{ VOL(",\"mode\":\"75\""), "octal", 0 },
		{ VOL(",\"mode\":\"07500\""), "octal", 0 },
		{ VOL(",\"mode\":750"), "must be a string", 0 },
		{ VOL2("\"name\":\"a\",\"device\":\"/dev/vdc\""), "the name \"a\" twice", 0 },
		{ VOL2("\"name\":\"b\",\"device\":\"/dev/vdb\""), "the device \"/dev/vdb\" twice",
		  0 },
		{ VOL2("\"name\":\"b\",\"device\":\"/dev/vdc\",\"mount\":\"/run/sealinit/volumes/"
		       "a\""),
		  "mounted on each other", 0 },
		{ VOL2("\"name\":\"b\",\"device\":\"/dev/vdc\",\"mount\":\"/run/sealinit/volumes/a/"
		       "b\""),
		  "mounted on each other", 0 },
		{ VOL2("\"name\":\"B\",\"device\":\"/dev/vdc\""), "volumes[1]: name", 0 },
		{ VOL2("\"name\":\"-b\",\"device\":\"/dev/vdc\""), "is not a name", 0 },
		{ VOL2("\"name\":\"b/c\",\"device\":\"/dev/vdc\""), "is not a name", 0 },
		{ VOL2("\"name\":\"b\",\"device\":\"vdc\""), "device: \"vdc\" must be absolute",
		  0 },
		{ VOL2("\"name\":\"b\",\"device\":\"/etc/passwd\""), "beneath /dev", 0 },
		{ VOL2("\"name\":\"b\",\"device\":\"/dev/../etc/x\""), "'..'", 0 },
		{ VOL2("\"name\":\"b\",\"device\":\"serial:\""), "a serial has", 0 },
		{ VOL2("\"name\":\"b\",\"device\":\"serial:a/b\""), "a serial has", 0 },
		{ VOL2("\"name\":\"b\",\"device\":\"serial:123456789012345678901\""),
		  "a serial has", 0 },
		{ "{\"version\":1,\"volumes\":[{\"name\":\"a\",\"device\":\"/dev/b\","
		  "\"create\":\"maybe\"}]}",
		  "create: must be one of", 0 },
		{ "{\"version\":1,\"volumes\":[{\"name\":\"a\",\"device\":\"/dev/b\","
		  "\"create\":\"never\"}]}",
		  "without a root secret that lasts", 0 },
		{ "{\"version\":1,\"root_secret\":\"random\",\"volumes\":[{\"name\":\"a\","
		  "\"device\":\"/dev/b\",\"create\":\"if-blank\"}]}",
		  "without a root secret that lasts", 0 },
		{ "{\"version\":1,\"root_secret\":\"efi:secret\"}", "needs \"tee\": \"sev\"", 0 },
		{ "{\"version\":1,\"tee\":\"snp\",\"root_secret\":\"efi:secret\"}",
		  "needs \"tee\": \"sev\"", 0 },
		{ "{\"version\":1,\"tee\":\"sample\",\"root_secret\":\"efi:secret\"}",
		  "needs \"tee\": \"sev\"", 0 },
		{ "{\"version\":1," BROKER ",\"root_secret\":\"efi:secret\"}",
		  "needs \"tee\": \"sev\"", 0 },
		{ WITH_BROKER ",\"tee\":\"sev\"}", "nothing to attest with", 0 },
		{ "{\"version\":1,\"tee\":\"sev\"," ROOT "}", "nothing to attest with", 0 },
		{ "{\"version\":1,\"tee\":\"sev\"," BROKER ",\"root_secret\":\"efi:secret\"}",
		  "no \"broker\" gives it keys", 0 },
		{ "{\"version\":1,\"tee\":\"sev\"," BROKER ",\"root_secret\":\"random\"}",
		  "nothing to attest with", 0 },
		{ "{\"version\":1,\"tee\":\"sev\",\"root_secret\":\"random\"}",
		  "must be efi:secret", 0 },
		{ "{\"version\":1,\"tee\":\"sev\",\"root_secret\":\"snp:derived\"}",
		  "must be efi:secret", 0 },
		{ "{\"version\":1,\"tee\":\"sev\"}", "must be efi:secret", 0 },
		{ "{\"version\":1,\"root_secret\":\"efi\"}", "must be kbs:///", 0 },
		{ "{\"version\":1,\"root_secret\":\"tpm\"}", "must be kbs:///", 0 },
		{ "{\"version\":1,\"root_secret\":\"snp\"}", "must be kbs:///", 0 },
		{ "{\"version\":1,\"root_secret\":\"\"}", "not empty", 0 },
		{ "{\"version\":1,\"root_secret\":7}", "string", 0 },
		{ "{\"version\":1,\"gpus\":{\"count\":1}}", "a broker has to judge them", 0 },
		{ "{\"version\":1,\"root_secret\":\"random\"," BROKER ",\"gpus\":{\"count\":0}}",
		  "a broker has to judge them", 0 },
		{ "{\"version\":1," ROOT "," BROKER ",\"gpus\":{}}", "count", 0 },
		{ "{\"version\":1," ROOT "," BROKER ",\"gpus\":{\"count\":99}}", "gpus.count", 0 },
		{ "{\"version\":1," ROOT "," BROKER ",\"gpus\":{\"count\":\"1\"}}", "count", 0 },
		{ "{\"version\":1," ROOT "," BROKER ",\"gpus\":{\"count\":1,\"x\":1}}", "x", 0 },
		{ "{\"version\":1," ROOT "," BROKER ",\"gpus\":1}", "gpus", 0 },

		{ "{\"version\":1,\"payload\":{}}", "\"kind\" is missing", 0 },
		{ "{\"version\":1,\"payload\":{\"kind\":\"vm\"}}", "payload.kind: must be one of",
		  0 },
		{ "{\"version\":1,\"payload\":{\"kind\":\"oci\"}}", "\"oci\" has a bundle", 0 },
		{ "{\"version\":1,\"payload\":{\"kind\":\"oci\",\"bundle\":\"/b\",\"argv\":[\"/"
		  "a\"]}}",
		  "\"oci\" has a bundle", 0 },
		{ "{\"version\":1,\"payload\":{\"kind\":\"exec\",\"bundle\":\"/b\"}}",
		  "\"exec\" has an argv", 0 },
		{ "{\"version\":1,\"payload\":{\"kind\":\"oci\",\"bundle\":\"b\"}}", "absolute",
		  0 },
		{ "{\"version\":1,\"payload\":{\"kind\":\"exec\",\"argv\":[]}}", "needs at least",
		  0 },
		{ "{\"version\":1,\"payload\":{\"kind\":\"exec\",\"argv\":[\"sh\"]}}", "absolute",
		  0 },
		{ "{\"version\":1,\"payload\":{\"kind\":\"exec\",\"argv\":[\"/a\",\"\"]}}",
		  "not empty", 0 },
		{ "{\"version\":1,\"payload\":{\"kind\":\"exec\",\"argv\":[\"/a\",\"\\n\"]}}",
		  "printable", 0 },
		{ "{\"version\":1,\"payload\":{\"kind\":\"exec\",\"argv\":[\"/"
		  "a\",\"b\",\"c\",\"d\","
		  "\"e\",\"f\",\"g\",\"h\",\"i\"]}}",
		  "more than 8 words", -FAIL_LIMIT },
	};
	return cr_make_param_array(struct refused, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refused *row, config, refuses)
{
	struct config c = CONFIG_EMPTY;
	struct err e = { 0 };

	cr_expect_eq(config_parse(span_text(row->json), &c, &e),
		     row->want ? row->want : -FAIL_INPUT, "%s: %s", row->json, e.text);
	cr_expect(strstr(e.text, row->says), "%s: says %s, not %s", row->json, e.text, row->says);
	cr_expect_null(c.broker.roots.at, "output untouched on failure");
}

Test(config, refuses_nine_volumes)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct config c = CONFIG_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(buf_printf(&text, 4096, &e, "{\"version\":1,\"volumes\":["), 0);
	for (int i = 0; i <= LIMIT_VOLUMES; i++)
		cr_assert_eq(buf_printf(&text, 4096, &e,
					"%s{\"name\":\"v%d\",\"device\":\"/dev/"
					"v%d\",\"create\":\"always\"}",
					i ? "," : "", i, i),
			     0);
	cr_assert_eq(buf_printf(&text, 4096, &e, "]}"), 0);
	cr_assert_eq(config_parse(buf_view(&text), &c, &e), -FAIL_LIMIT);
	cr_assert(strstr(e.text, "more than 8"), "%s", e.text);
}

static void append_text(struct buf *text, const char *more)
{
	cr_assert_eq(buf_append(text, span_text(more), SIZE_MAX / 2, NULL), 0);
}

static struct buf long_text(const char *before, char fill, size_t count, const char *after)
{
	struct buf text = BUF_EMPTY;

	append_text(&text, before);
	cr_assert_eq(buf_reserve(&text, text.len + count, NULL), 0);
	memset(text.at + text.len, fill, count);
	text.len += count;
	append_text(&text, after);
	return text;
}

Test(config, refuses_texts_that_do_not_fit)
{
	AUTO_BUF struct buf roots =
		long_text("{\"version\":1,\"broker\":{\"url\":\"https://k\",\"roots\":\"-----BEGIN "
			  "CERTIFICATE-----",
			  'A', LIMIT_ROOTS_BYTES, "\"}," ROOT "}");
	AUTO_BUF struct buf url = long_text("{\"version\":1,\"broker\":{\"url\":\"https://", 'a',
					    LIMIT_URL_BYTES - 8, "\"}," ROOT "}");
	AUTO_BUF struct buf argv =
		long_text("{\"version\":1,\"payload\":{\"kind\":\"exec\",\"argv\":[\"/a\",\"", 'a',
			  509, "\"]}}");
	AUTO_BUF struct buf all = long_text("{\"version\":1", ' ', LIMIT_CONFIG_BYTES, "}");
	struct buf *const texts[] = { &roots, &url, &argv, &all };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct config c = CONFIG_EMPTY;
		struct err e = { 0 };

		cr_expect_eq(config_parse(buf_view(texts[i]), &c, &e), -FAIL_LIMIT, "%zu: %s", i,
			     e.text);
	}
}

Test(config, survives_every_failing_allocation)
{
	FAULT_EACH(n, FAULT_MEMORY)
	{
		AUTO_CONFIG struct config c = CONFIG_EMPTY;
		struct err e = { 0 };
		int got = config_parse(span_text(full), &c, &e);

		cr_assert(got == 0 || got == -FAIL_SYS, "%d: %s", got, e.text);
		cr_assert(got == 0 || !c.broker.roots.at);
	}
}

struct path_row {
	char path[80];
	int want;
};

ParameterizedTestParameters(config, knows_a_resource_path)
{
	static struct path_row rows[] = {
		{ "a/b/c", 1 },	  { "Default/x.y/z_1-2", 1 },
		{ "", 0 },	  { "/a/b/c", 0 },
		{ "a/b/c/", 0 },  { "a/b", 0 },
		{ "a/./c", 0 },	  { "a/../c", 0 },
		{ "a/b/c/d", 0 }, { "a/b/%63", 0 },
		{ "a b/c/d", 0 }, { "a/b/c?d=e", 0 },
		{ "a/b/c#", 0 },  { "a/.../c", 1 },
	};
	return cr_make_param_array(struct path_row, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct path_row *row, config, knows_a_resource_path)
{
	cr_expect_eq(config_is_resource_path(row->path), row->want, "%s", row->path);
}
