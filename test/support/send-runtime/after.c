/* The connection of send-after/ for C: a bufferevent over the same descriptor. */
#include "conn-life.h"

conn *conn_open(int fd) {
    conn *c = calloc(1, sizeof(*c));
    if (c == NULL) abort();
    c->sfd = fd;
    c->base = event_base_new();
    c->bev = bufferevent_socket_new(c->base, fd, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_enable(c->bev, EV_WRITE);
    c->output = bufferevent_get_output(c->bev);
    return c;
}

/* Declared by the contracts of the cases that write to the bufferevent. */
struct bufferevent *conn_bufferevent(conn *c);

struct bufferevent *conn_bufferevent(conn *c) {
    return c->bev;
}

struct evbuffer *conn_output(conn *c) {
    return c->output;
}

void conn_release_items(conn *c) {
    while (c->ileft > 0) item_release(c->ilist[--c->ileft]);
    free(c->write_and_free);
    c->write_and_free = NULL;
}

void conn_drain(conn *c) {
    while (evbuffer_get_length(conn_output(c)) > 0 && event_base_loop(c->base, EVLOOP_ONCE) == 0) {
    }
}

void conn_close(conn *c) {
    conn_release_items(c);
    bufferevent_free(c->bev);
    event_base_free(c->base);
    free(c);
}
