/* The reader and Canonical XML 1.1, on documents whose canonical form is worked out by hand from
 * the W3C recommendation, sections 2.2 and 2.3. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "attest/verify/rim/c14n.h"
#include "attest/verify/rim/utf8.h"
#include "base/limits.h"

static struct buf canonical(const char *text, uint16_t apex, uint16_t without)
{
	AUTO_XML struct xml_doc *doc = NULL;
	struct buf ret = BUF_EMPTY;
	struct err e = { 0 };

	cr_assert_eq(xml_parse(span_text(text), &doc, &e), 0, "%s", e.text);
	cr_assert_eq(c14n(doc, apex, without, &ret, &e), 0, "%s", e.text);
	return ret;
}

struct form {
	char text[160], canonical[160];
};

ParameterizedTestParameters(rim_xml, has_one_canonical_form)
{
	static struct form rows[] = {
		{ "<a/>", "<a></a>" },
		{ "<a   \n\t></a  >", "<a></a>" },
		{ "<a\n  b = '1'\n c=\"2\"/>\n\n", "<a b=\"1\" c=\"2\"></a>" },
		{ "<a c='3' b='2' A='1'/>", "<a A=\"1\" b=\"2\" c=\"3\"></a>" },
		/* Attributes of no namespace first, then by URI and not by prefix. */
		{ "<a p:x='1' q:x='2' x='3' xmlns:p='z' xmlns:q='y'/>",
		  "<a xmlns:p=\"z\" xmlns:q=\"y\" x=\"3\" q:x=\"2\" p:x=\"1\"></a>" },
		/* Of one namespace by name, whatever the prefix. */
		{ "<a p:z='1' q:b='2' xmlns:q='u' xmlns:p='u'/>",
		  "<a xmlns:p=\"u\" xmlns:q=\"u\" q:b=\"2\" p:z=\"1\"></a>" },
		{ "<a xmlns:z='1' xmlns='2' xmlns:b='3'/>",
		  "<a xmlns=\"2\" xmlns:b=\"3\" xmlns:z=\"1\"></a>" },
		/* Superfluous declarations go, others stay, used or not. */
		{ "<a xmlns='u'><b xmlns='u'><c xmlns='v'><d xmlns='u'/></c></b></a>",
		  "<a xmlns=\"u\"><b><c xmlns=\"v\"><d xmlns=\"u\"></d></c></b></a>" },
		{ "<p:a xmlns:p='u'><b xmlns:p='u' xmlns:q='u'/></p:a>",
		  "<p:a xmlns:p=\"u\"><b xmlns:q=\"u\"></b></p:a>" },
		/* Text */
		{ "<a> x\n\ty </a>", "<a> x\n\ty </a>" },
		{ "<a>&lt;&gt;&amp;&quot;&apos;></a>", "<a>&lt;&gt;&amp;\"'&gt;</a>" },
		{ "<a b='&lt;&gt;&amp;&quot;&apos;\"'/>", "<a b=\"&lt;>&amp;&quot;'&quot;\"></a>" },
		{ "<a b=\"'\"/>", "<a b=\"'\"></a>" },
		{ "<a>1<b/>2<c>3</c>4</a>", "<a>1<b></b>2<c>3</c>4</a>" },
		{ "<a>\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80</a>",
		  "<a>\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80</a>" },
		{ "<a-b.c_1/>", "<a-b.c_1></a-b.c_1>" },
	};

	return cr_make_param_array(struct form, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct form *row, rim_xml, has_one_canonical_form)
{
	AUTO_BUF struct buf is = canonical(row->text, 0, XML_NONE);

	AUTO_BUF struct buf again = canonical(row->canonical, 0, XML_NONE);

	cr_expect_str_eq((char *)is.at, row->canonical);
	cr_expect_str_eq((char *)again.at, row->canonical, "a canonical form stays as it is");
}

/* --- Subsets ---------------------------------------------------------------------------------- */

Test(rim_xml, an_apex_has_the_namespaces_around_it)
{
	/* 0 a, 1 p:b, 2 c: the nearest declaration of a prefix holds. */
	static const char text[] = "<a xmlns='d' xmlns:p='1' xmlns:z='9' x='no'>"
				   "<p:b xmlns:p='2'><c xmlns:m='3' p:y='1'>t</c>u</p:b>v</a>";
	AUTO_BUF struct buf c = canonical(text, 2, XML_NONE), b = canonical(text, 1, XML_NONE);

	cr_expect_str_eq((char *)c.at, "<c xmlns=\"d\" xmlns:m=\"3\" xmlns:p=\"2\" xmlns:z=\"9\" "
				       "p:y=\"1\">t</c>");
	cr_expect_str_eq((char *)b.at,
			 "<p:b xmlns=\"d\" xmlns:p=\"2\" xmlns:z=\"9\"><c xmlns:m=\"3\" p:y=\"1\">"
			 "t</c>u</p:b>");
}

Test(rim_xml, what_is_left_out_leaves_its_neighbours)
{
	/* Nodes: 0 a, 1 " ", 2 b, 3 c, 4 "x" ... */
	AUTO_BUF struct buf middle = canonical("<a> <b><c/></b>x</a>", 0, 2),
			    last = canonical("<a>\n<b/></a>", 0, 2),
			    only = canonical("<a><b><c/></b></a>", 0, 2),
			    nested = canonical("<a><b><c/><d/></b>y</a>", 0, 3);

	cr_expect_str_eq((char *)middle.at, "<a> x</a>");
	cr_expect_str_eq((char *)last.at, "<a>\n</a>");
	cr_expect_str_eq((char *)only.at, "<a><b></b></a>");
	cr_expect_str_eq((char *)nested.at, "<a><b><c></c></b>y</a>");
}

/* --- Refusals --------------------------------------------------------------------------------- */

struct refusal {
	char text[96];
	int want;
};

ParameterizedTestParameters(rim_xml, refuses)
{
	static struct refusal rows[] = {
		{ "", -FAIL_INPUT },
		{ " ", -FAIL_INPUT },
		{ "a", -FAIL_INPUT },
		{ "<", -FAIL_INPUT },
		{ "<a", -FAIL_INPUT },
		{ "<a/", -FAIL_INPUT },
		{ "<a>", -FAIL_INPUT },
		{ "<a><", -FAIL_INPUT },
		{ "<a></", -FAIL_INPUT },
		{ "<a></a", -FAIL_INPUT },
		{ "<a/ >", -FAIL_INPUT },
		{ "< a/>", -FAIL_INPUT },
		{ "<1/>", -FAIL_INPUT },
		{ "<a:/>", -FAIL_INPUT },
		{ "<:a/>", -FAIL_INPUT },
		{ "<a:b:c xmlns:a='u'/>", -FAIL_INPUT },
		{ "<p:a/>", -FAIL_INPUT },
		{ "<xml:a/>", -FAIL_INPUT },
		{ "<xmlns:a/>", -FAIL_INPUT },
		{ "<a></A>", -FAIL_INPUT },
		{ "<p:a xmlns:p='u'></a>", -FAIL_INPUT },
		{ "<p:a xmlns:p='u' xmlns:q='u'></q:a>", -FAIL_INPUT },
		{ "</a>", -FAIL_INPUT },
		{ "<a/><b/>", -FAIL_INPUT },
		{ "<a b=\"1'/>", -FAIL_INPUT },
		{ "<a b='1'c='2'/>", -FAIL_INPUT },
		{ "<a b='1' b='1'/>", -FAIL_INPUT },
		{ "<a xmlns='u' xmlns='u'/>", -FAIL_INPUT },
		{ "<a xmlns=''/>", -FAIL_INPUT },
		{ "<a xmlns:xmlns='u'/>", -FAIL_INPUT },
		{ "<a>&amp</a>", -FAIL_INPUT },
		{ "<a>&AMP;</a>", -FAIL_INPUT },
		{ "<a>&</a>", -FAIL_INPUT },
		{ "<a>&#10;</a>", -FAIL_INPUT },
		{ "<a b='&#x41;'/>", -FAIL_INPUT },
		{ "<a><!-- --></a>", -FAIL_INPUT },
		{ "<?xml version='1.0'?><a/>", -FAIL_INPUT },
		{ "<a>\r</a>", -FAIL_INPUT },
		{ "<a\r/>", -FAIL_INPUT },
		{ "<a>\xef\xbf\xbe</a>", -FAIL_INPUT },
		{ "<a>\xf4\x90\x80\x80</a>", -FAIL_INPUT },
		{ "<a>\xe2\x82</a>", -FAIL_INPUT },
		{ "<\xc3\xa4/>", -FAIL_INPUT },
		{ "<a><a><a><a><a><a><a/></a></a></a></a></a></a>", -FAIL_LIMIT },
	};

	return cr_make_param_array(struct refusal, rows, sizeof(rows) / sizeof(*rows));
}

ParameterizedTest(struct refusal *row, rim_xml, refuses)
{
	struct xml_doc *doc = NULL;
	struct err e = { 0 };

	cr_expect_eq(xml_parse(span_text(row->text), &doc, &e), row->want, "%s: %s", row->text,
		     e.text);
	cr_expect_null(doc, "output untouched on failure");
}

Test(rim_xml, refuses_a_nul_and_more_than_its_limit)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	struct xml_doc *doc = NULL;

	cr_expect_eq(xml_parse(span("<a>\0</a>", 8), &doc, NULL), -FAIL_INPUT);
	cr_expect_eq(xml_parse(span("<a/>\0", 5), &doc, NULL), -FAIL_INPUT);
	cr_assert_eq(buf_reserve(&text, LIMIT_RIM_BYTES + 1, NULL), 0);
	memset(text.at, ' ', LIMIT_RIM_BYTES + 1);
	memcpy(text.at, "<a/>", 4);
	cr_expect_eq(xml_parse(span(text.at, LIMIT_RIM_BYTES + 1), &doc, NULL), -FAIL_LIMIT);
	cr_assert_eq(xml_parse(span(text.at, LIMIT_RIM_BYTES), &doc, NULL), 0);
	xml_done(&doc);
}

/* RFC 3629, section 3: the first and last of each length, and what lies just outside. */
Test(rim_xml, counts_characters_as_rfc_3629_has_them)
{
	static const struct {
		char text[8];
		size_t len;
	} rows[] = {
		{ "\x7f", 1 },
		{ "\xc2\x80", 2 },
		{ "\xdf\xbf", 2 },
		{ "\xe0\xa0\x80", 3 },
		{ "\xef\xbf\xbd", 3 },
		{ "\xf0\x90\x80\x80", 4 },
		{ "\xf4\x8f\xbf\xbf", 4 },
		{ "\x80", 0 },
		{ "\xc1\xbf", 0 },
		{ "\xe0\x9f\xbf", 0 },
		{ "\xed\xa0\x80", 0 },
		{ "\xf0\x8f\xbf\xbf", 0 },
		{ "\xf5\x80\x80\x80", 0 },
		{ "\xc2", 0 },
		{ "\xc2x", 0 },
		{ "\x1f", 0 },
		{ "\r", 0 },
		{ "\t", 1 },
		{ "\n", 1 },
		{ "", 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		cr_expect_eq(utf8_length(span_text(rows[i].text)), rows[i].len, "row %zu", i);
}

/* --- Asking ----------------------------------------------------------------------------------- */

Test(rim_xml, tells_attributes_by_namespace)
{
	static const char text[] = "<a xmlns='d' xmlns:p='u' x='1' p:x='2'/>";
	AUTO_XML struct xml_doc *doc = NULL;

	cr_assert_eq(xml_parse(span_text(text), &doc, NULL), 0);
	cr_expect(span_is_equal(*xml_attr(doc, 0, "", "x"), span_text("1")));
	cr_expect(span_is_equal(*xml_attr(doc, 0, "u", "x"), span_text("2")));
	cr_expect_null(xml_attr(doc, 0, "d", "x"), "the default namespace is for elements");
	cr_expect_null(xml_attr(doc, 0, "", "xmlns"));
	cr_expect_eq(xml_attr_count(doc, 0), 2);
	cr_expect(xml_is(doc, 0, "d", "a") && !xml_is(doc, 0, "", "a"));
}

Test(rim_xml, refuses_text_beside_elements_and_elements_in_text)
{
	AUTO_XML struct xml_doc *mixed = NULL, *plain = NULL;
	struct span text;
	uint16_t nodes[2];

	cr_assert_eq(xml_parse(span_text("<a>x<b/></a>"), &mixed, NULL), 0);
	cr_expect_eq(xml_elements(mixed, 0, nodes, 2, NULL), -FAIL_INPUT);
	cr_expect_eq(xml_text(mixed, 0, &text, NULL), -FAIL_INPUT);
	cr_assert_eq(xml_parse(span_text("<a> <b/>\n<c/><d/></a>"), &plain, NULL), 0);
	cr_expect_eq(xml_elements(plain, 0, nodes, 2, NULL), -FAIL_INPUT, "more than asked for");
}
