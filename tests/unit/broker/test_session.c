#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/broker/session.h"

#define LIFE_MS 300000

static struct broker_sessions sessions;

static struct broker_session *open_at(uint64_t ms)
{
	struct broker_moment now = { ms, 1800000000 };
	struct broker_session *s = NULL;

	cr_assert_eq(
		broker_session_open(&sessions, "sample", DIGEST_SHA384, LIFE_MS, now, &s, NULL), 0);
	return s;
}

static struct broker_session *find(const char *id, uint64_t ms)
{
	return broker_session_find(&sessions, span_text(id), ms);
}

Test(session, has_a_random_uuid_and_a_nonce_of_32_bytes)
{
	struct broker_session a = *open_at(0), b = *open_at(0);

	cr_expect_eq(strlen(a.id), 32);
	cr_expect_eq(strspn(a.id, "0123456789abcdef"), 32);
	cr_expect_eq(a.id[12], '4', "version of RFC 9562");
	cr_expect(strchr("89ab", a.id[16]) != NULL, "variant of RFC 9562");
	cr_expect_eq(strlen(a.nonce), 44);
	cr_expect_eq(a.nonce[43], '=');
	cr_expect_neq(strcmp(a.id, b.id), 0);
	cr_expect_neq(strcmp(a.nonce, b.nonce), 0);
}

Test(session, ends_when_its_life_is_over_and_not_before)
{
	char id[33];

	memcpy(id, open_at(1000)->id, sizeof(id));
	cr_expect_not_null(find(id, 1000 + LIFE_MS - 1));
	cr_expect_null(find(id, 1000 + LIFE_MS));
	cr_expect_null(find(id, 1000), "what has expired is forgotten");
}

Test(session, life_is_not_extended_by_use)
{
	char id[33];

	memcpy(id, open_at(0)->id, sizeof(id));
	for (uint64_t ms = 0; ms < LIFE_MS; ms += 1000)
		cr_expect_not_null(find(id, ms));
	cr_expect_null(find(id, LIFE_MS));
}

Test(session, is_not_found_by_anything_but_its_id)
{
	char id[33];

	memcpy(id, open_at(0)->id, sizeof(id));
	cr_expect_null(find("", 0), "an empty cookie is no free row");
	id[31] ^= 1;
	cr_expect_null(find(id, 0));
	id[31] = 0;
	cr_expect_null(find(id, 0));
}

Test(session, makes_room_by_dropping_the_oldest)
{
	char first[33], second[33];

	memcpy(first, open_at(0)->id, sizeof(first));
	memcpy(second, open_at(1)->id, sizeof(second));
	for (uint64_t i = 2; i < BROKER_SESSIONS; i++)
		(void)open_at(i);
	cr_expect_not_null(find(first, 1000), "exactly full");
	(void)open_at(1000);
	cr_expect_null(find(first, 1000));
	cr_expect_not_null(find(second, 1000));
}

Test(session, makes_room_by_dropping_expired_ones_first)
{
	char last[33];

	for (uint64_t i = 0; i < BROKER_SESSIONS; i++)
		memcpy(last, open_at(i)->id, sizeof(last));
	(void)open_at(LIFE_MS);
	cr_expect_not_null(find(last, LIFE_MS), "only the first had expired");
}

Test(session, cookie_has_expires_and_nothing_else)
{
	struct broker_session s = *open_at(0);
	char cookie[128], want[128];

	broker_session_cookie(&s, cookie, sizeof(cookie));
	(void)snprintf(want, sizeof(want),
		       "kbs-session-id=%s; Expires=Fri, 15 Jan 2027 08:05:00 GMT", s.id);
	cr_expect_str_eq(cookie, want);
}

Test(session, refuses_a_tee_whose_name_is_too_long)
{
	struct broker_session *s = NULL;
	struct broker_moment now = { 0, 0 };

	cr_expect_eq(broker_session_open(&sessions, "a-tee-of-16-letters", DIGEST_SHA384, LIFE_MS,
					 now, &s, NULL),
		     -FAIL_LIMIT);
	cr_expect_null(s);
}
