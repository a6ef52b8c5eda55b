#include "tests/broker/session.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/b64.h"
#include "tests/broker/request.h"

static void forget(struct broker_session *session)
{
	buf_done(&session->token);
	memset(session, 0, sizeof(*session));
}

static void sweep(struct broker_sessions *s, uint64_t now_ms)
{
	for (size_t i = 0; i < BROKER_SESSIONS; i++)
		if (s->at[i].id[0] && now_ms >= s->at[i].expires_ms)
			forget(&s->at[i]);
}

/* All lives are of one length, so the first to expire is the oldest. */
static struct broker_session *free_row(struct broker_sessions *s, uint64_t now_ms)
{
	struct broker_session *oldest = &s->at[0];

	sweep(s, now_ms);
	for (size_t i = 0; i < BROKER_SESSIONS; i++) {
		if (!s->at[i].id[0])
			return &s->at[i];
		if (s->at[i].expires_ms < oldest->expires_ms)
			oldest = &s->at[i];
	}
	forget(oldest);
	return oldest;
}

/* RFC 9562, 5.4: a random UUID, in the form without hyphens. */
static int make_id(char ret[static 33], struct err *e)
{
	uint8_t bytes[16];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return FAIL(e, FAIL_SYS, "session: no random bytes");
	bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
	bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
	digest_hex(span(bytes, sizeof(bytes)), ret);
	return 0;
}

static int make_nonce(char ret[static 45], struct err *e)
{
	AUTO_BUF struct buf text = BUF_EMPTY;
	uint8_t bytes[BROKER_NONCE_BYTES];
	int failed;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return FAIL(e, FAIL_SYS, "session: no random bytes");
	failed = b64_encode(B64_STANDARD, span(bytes, sizeof(bytes)), 44, &text, e);
	if (!failed)
		memcpy(ret, text.at, 45);
	return failed;
}

int broker_session_open(struct broker_sessions *s, const char *tee, enum digest_alg hash,
			uint64_t life_ms, struct broker_moment now, struct broker_session **ret,
			struct err *e)
{
	struct broker_session fresh = { .hash = hash, .expires_ms = now.boot_ms + life_ms };
	int failed;

	if (strlen(tee) >= sizeof(fresh.tee))
		return FAIL(e, FAIL_LIMIT, "session: a TEE of %zu letters", strlen(tee));
	if ((failed = make_id(fresh.id, e)) || (failed = make_nonce(fresh.nonce, e)))
		return failed;
	memcpy(fresh.tee, tee, strlen(tee) + 1);
	fresh.expires_wall = now.wall + (int64_t)(life_ms / 1000);
	*ret = free_row(s, now.boot_ms);
	**ret = fresh;
	return 0;
}

struct broker_session *broker_session_find(struct broker_sessions *s, struct span id,
					   uint64_t now_ms)
{
	sweep(s, now_ms);
	for (size_t i = 0; i < BROKER_SESSIONS; i++)
		if (s->at[i].id[0] && digest_is_equal(id, span_text(s->at[i].id)))
			return &s->at[i];
	return NULL;
}

void broker_session_cookie(const struct broker_session *session, char *ret, size_t size)
{
	time_t when = (time_t)session->expires_wall;
	char date[64] = "";
	struct tm tm;

	if (gmtime_r(&when, &tm))
		(void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	(void)snprintf(ret, size, BROKER_COOKIE "=%s; Expires=%s", session->id, date);
}

void broker_sessions_done(struct broker_sessions *s)
{
	for (size_t i = 0; i < BROKER_SESSIONS; i++)
		forget(&s->at[i]);
}
