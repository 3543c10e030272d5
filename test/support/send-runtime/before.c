/* The connection of send-before/ for C: pointers in iovecs, message headers over them, and sendmsg. */
#include "conn-life.h"

#include <limits.h>
#include <unistd.h>

#include "wire.h"

conn *conn_open(int fd) {
    conn *c = calloc(1, sizeof(*c));
    if (c == NULL) abort();
    c->sfd = fd;
    c->iovsize = 4;
    c->msgsize = 2;
    c->iov = calloc((size_t)c->iovsize, sizeof(*c->iov));
    c->msglist = calloc((size_t)c->msgsize, sizeof(*c->msglist));
    if (c->iov == NULL || c->msglist == NULL) abort();
    return c;
}

int add_msghdr(conn *c) {
    if (c->msgused == c->msgsize) {
        struct msghdr *grown = realloc(c->msglist, (size_t)c->msgsize * 2 * sizeof(*grown));
        if (grown == NULL) return -1;
        c->msglist = grown;
        c->msgsize *= 2;
    }
    struct msghdr *message = &c->msglist[c->msgused++];
    memset(message, 0, sizeof(*message));
    message->msg_iov = &c->iov[c->iovused];
    c->msgbytes = 0;
    return 0;
}

static int make_room(conn *c) {
    if (c->iovused < c->iovsize) return 0;
    struct iovec *grown = realloc(c->iov, (size_t)c->iovsize * 2 * sizeof(*grown));
    if (grown == NULL) return -1;
    c->iov = grown;
    c->iovsize *= 2;
    /* Nothing is sent while a message is composed, so the headers lie one after the other. */
    for (int i = 0, first = 0; i < c->msgused; i++) {
        c->msglist[i].msg_iov = &c->iov[first];
        first += (int)c->msglist[i].msg_iovlen;
    }
    return 0;
}

int add_iov(conn *c, const void *buf, int len) {
    if (c->msgused == 0 || c->msglist[c->msgused - 1].msg_iovlen == IOV_MAX) {
        if (add_msghdr(c) != 0) return -1;
    }
    if (make_room(c) != 0) return -1;
    struct msghdr *message = &c->msglist[c->msgused - 1];
    message->msg_iov[message->msg_iovlen].iov_base = (void *)buf;
    message->msg_iov[message->msg_iovlen].iov_len = (size_t)len;
    message->msg_iovlen++;
    c->iovused++;
    c->msgbytes += len;
    return 0;
}

int conn_add_iov(conn *c, const void *buf, size_t len) {
    return add_iov(c, buf, (int)len);
}

void conn_release_items(conn *c) {
    while (c->ileft > 0) item_release(c->ilist[--c->ileft]);
    free(c->write_and_free);
    c->write_and_free = NULL;
}

enum transmit_result transmit(conn *c) {
    while (c->msgcurr < c->msgused && c->msglist[c->msgcurr].msg_iovlen == 0) c->msgcurr++;
    if (c->msgcurr == c->msgused) return TRANSMIT_COMPLETE;
    struct msghdr *message = &c->msglist[c->msgcurr];
    ssize_t sent = sendmsg(c->sfd, message, MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? TRANSMIT_SOFT_ERROR : TRANSMIT_HARD_ERROR;
    while (message->msg_iovlen > 0 && (size_t)sent >= message->msg_iov->iov_len) {
        sent -= (ssize_t)message->msg_iov->iov_len;
        message->msg_iov++;
        message->msg_iovlen--;
    }
    if (sent > 0) {
        message->msg_iov->iov_base = (char *)message->msg_iov->iov_base + sent;
        message->msg_iov->iov_len -= (size_t)sent;
    }
    return TRANSMIT_INCOMPLETE;
}

void conn_drain(conn *c) {
    for (;;) {
        enum transmit_result result = transmit(c);
        if (result == TRANSMIT_SOFT_ERROR) wire_wait_writable(c->sfd);
        if (result == TRANSMIT_COMPLETE || result == TRANSMIT_HARD_ERROR) break;
    }
    c->msgcurr = c->msgused = c->iovused = 0;
}

void conn_close(conn *c) {
    conn_release_items(c);
    close(c->sfd);
    free(c->iov);
    free(c->msglist);
    free(c);
}
