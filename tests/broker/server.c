#include "tests/broker/server.h"

#include <arpa/inet.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "tests/broker/bounds.h"
#include "tests/broker/cert.h"
#include "tests/broker/conn.h"

struct broker_server {
	struct event_base *base;
	struct evconnlistener *listener;
	struct event *signals[2];
	SSL_CTX *tls;
	struct broker_peers peers;
	char url[128];
	bool is_broken; /* can't accept any more */
};

void broker_server_close(struct broker_server *s)
{
	if (!s)
		return;
	broker_conns_end(&s->peers);
	for (size_t i = 0; i < COUNT_OF(s->signals); i++)
		if (s->signals[i])
			event_free(s->signals[i]);
	if (s->listener)
		evconnlistener_free(s->listener);
	if (s->base)
		event_base_free(s->base);
	SSL_CTX_free(s->tls);
	free(s);
}

static void auto_server(struct broker_server **s)
{
	broker_server_close(*s);
}

static struct bufferevent *wrap_socket(struct broker_server *s, evutil_socket_t fd)
{
	SSL *ssl;

	if (!s->tls)
		return bufferevent_socket_new(s->base, fd, BEV_OPT_CLOSE_ON_FREE);
	ssl = SSL_new(s->tls);
	if (!ssl)
		return NULL;
	/* Takes `ssl` over, failing or not. */
	return bufferevent_openssl_socket_new(s->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
					      BEV_OPT_CLOSE_ON_FREE);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *peer,
		      int len, void *context)
{
	struct broker_server *s = context;
	struct bufferevent *bev = wrap_socket(s, fd);
	struct err e = { 0 };
	int on = 1;

	(void)peer;
	(void)len;
	/* Answers go out whole; waiting for more would only add the peer's delayed acknowledgement.
	 */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!bev) {
		log_warning("connection: no memory");
		(void)evutil_closesocket(fd);
		return;
	}
	if (broker_conn_start(&s->peers, bev, &e) < 0)
		log_err(LOG_LEVEL_WARNING, "connection", &e);
	/* Others wait in the kernel's queue until one of ours ends, which its deadlines see to. */
	if (s->peers.count >= BROKER_CONNECTIONS)
		(void)evconnlistener_disable(listener);
}

static void on_gone(void *context)
{
	struct broker_server *s = context;

	(void)evconnlistener_enable(s->listener);
}

/* Out of descriptors or memory: listening goes on when a connection of ours ends, and if there is
 * none, nothing that we do will help. */
static void on_accept_error(struct evconnlistener *listener, void *context)
{
	struct broker_server *s = context;

	log_warning("accept: %s", strerror(errno));
	if (s->peers.count) {
		(void)evconnlistener_disable(listener);
		return;
	}
	s->is_broken = true;
	(void)event_base_loopbreak(s->base);
}

static void on_signal(evutil_socket_t number, short what, void *context)
{
	struct broker_server *s = context;

	(void)number;
	(void)what;
	(void)event_base_loopbreak(s->base);
}

static int add_signals(struct broker_server *s, struct err *e)
{
	static const int numbers[] = { SIGTERM, SIGINT };

	(void)signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		s->signals[i] = evsignal_new(s->base, numbers[i], on_signal, s);
		if (!s->signals[i] || event_add(s->signals[i], NULL) < 0)
			return FAIL(e, FAIL_SYS, "server: no signal event");
	}
	return 0;
}

static int name_url(struct broker_server *s, struct err *e)
{
	struct sockaddr_storage at = { 0 };
	ev_socklen_t len = sizeof(at);
	char host[INET6_ADDRSTRLEN] = "";
	bool is_v6;

	if (getsockname(evconnlistener_get_fd(s->listener), (struct sockaddr *)&at, &len) < 0)
		return FAIL_ERRNO(e, "server: no address: %s", strerror(errno));
	is_v6 = at.ss_family == AF_INET6;
	(void)inet_ntop(at.ss_family,
			is_v6 ? (const void *)&((struct sockaddr_in6 *)&at)->sin6_addr
			      : (const void *)&((struct sockaddr_in *)&at)->sin_addr,
			host, sizeof(host));
	(void)snprintf(s->url, sizeof(s->url), is_v6 ? "%s://[%s]:%u" : "%s://%s:%u",
		       s->tls ? "https" : "http", host,
		       ntohs(is_v6 ? ((struct sockaddr_in6 *)&at)->sin6_port
				   : ((struct sockaddr_in *)&at)->sin_port));
	return 0;
}

static bool read_port(const char *text, in_port_t *ret)
{
	uint32_t port = 0;
	size_t n = strspn(text, "0123456789");

	if (!n || n > 5 || text[n])
		return false;
	for (; *text; text++)
		port = port * 10 + (uint32_t)(*text - '0');
	*ret = htons((uint16_t)port);
	return port <= UINT16_MAX;
}

/* "127.0.0.1:8080", "[::1]:8080". Libevent has such a function, which refuses port 0. */
static bool read_address(const char *text, struct sockaddr_storage *ret, int *ret_len)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 2];
	size_t len = colon ? (size_t)(colon - text) : 0;

	if (!len || len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = 0;
	if (host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = 0;
		ret->ss_family = AF_INET6;
		*ret_len = sizeof(*v6);
		return inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1 &&
		       read_port(colon + 1, &v6->sin6_port);
	}
	ret->ss_family = AF_INET;
	*ret_len = sizeof(*v4);
	return inet_pton(AF_INET, host, &v4->sin_addr) == 1 && read_port(colon + 1, &v4->sin_port);
}

static int listen_at(struct broker_server *s, const char *where, struct err *e)
{
	struct sockaddr_storage at = { 0 };
	int len = 0;

	if (!read_address(where, &at, &len))
		return FAIL(e, FAIL_INPUT, "--listen: \"%.60s\" is not ADDRESS:PORT", where);
	s->listener = evconnlistener_new_bind(s->base, on_accept, s,
					      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC |
						      LEV_OPT_REUSEABLE,
					      64, (struct sockaddr *)&at, len);
	if (!s->listener)
		return FAIL_ERRNO(e, "--listen %.60s: %s", where, strerror(errno));
	evconnlistener_set_error_cb(s->listener, on_accept_error);
	return name_url(s, e);
}

int broker_server_open(struct broker *broker, const char *listen, const char *tls,
		       struct broker_server **ret, struct err *e)
{
	__attribute__((cleanup(auto_server))) struct broker_server *s = calloc(1, sizeof(*s));
	int failed;

	if (!s || !(s->base = event_base_new()))
		return FAIL(e, FAIL_SYS, "server: no memory");
	LIST_INIT(&s->peers.all);
	s->peers.base = s->base;
	s->peers.broker = broker;
	s->peers.gone = on_gone;
	s->peers.context = s;
	if ((tls && ((failed = broker_cert_ensure(tls, e)) ||
		     (failed = broker_cert_context(tls, &s->tls, e)))) ||
	    (failed = add_signals(s, e)) || (failed = listen_at(s, listen, e)))
		return failed;
	*ret = s;
	s = NULL;
	return 0;
}

const char *broker_server_url(const struct broker_server *s)
{
	return s->url;
}

int broker_server_run(struct broker_server *s, struct err *e)
{
	if (event_base_dispatch(s->base) < 0 || s->is_broken)
		return FAIL(e, FAIL_SYS, "server: can't accept connections");
	return 0;
}
