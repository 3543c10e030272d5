/* The other end of the wire, and the items of the fixtures. */
#include "wire.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <send/item.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Small enough for partial writes and EAGAIN with what the larger cases send. */
enum { SEND_BUFFER = 4096, PIECE = 1500, PAUSE_US = 50 };

typedef struct {
    int fd;
    wire_kind kind;
    int descriptors;
    char* text;
    size_t length;
} reader;

static void note(reader* r, const char* text, size_t length) {
    r->text = realloc(r->text, r->length + length + 1);
    if (r->text == NULL) abort();
    memcpy(r->text + r->length, text, length);
    r->length += length;
    r->text[r->length] = '\0';
}

static void count_descriptors(reader* r, struct msghdr* message) {
    for (struct cmsghdr* c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        int passed[8];
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(passed, CMSG_DATA(c), count * sizeof(int));
        for (size_t i = 0; i < count; i++) close(passed[i]);
        r->descriptors += (int)count;
    }
}

static void* read_all(void* argument) {
    reader* r = argument;
    char bytes[4096];
    char text[2 * sizeof(bytes)];
    for (;;) {
        char control[256];
        struct iovec part = {bytes, r->kind == WIRE_STREAM ? PIECE : sizeof(bytes)};
        struct msghdr message = {0};
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof(control);
        ssize_t count = recvmsg(r->fd, &message, 0);
        if (count <= 0) return NULL;
        count_descriptors(r, &message);
        static const char digits[] = "0123456789abcdef";
        for (ssize_t i = 0; i < count; i++) {
            text[2 * i] = digits[(unsigned char)bytes[i] >> 4];
            text[2 * i + 1] = digits[bytes[i] & 15];
        }
        note(r, text, 2 * (size_t)count);
        if (r->kind == WIRE_DATAGRAM) note(r, "|", 1);
        usleep(PAUSE_US);
    }
}

void wire_run(const char* name, wire_kind kind, void (*serve)(int fd)) {
    int ends[2];
    if (socketpair(AF_UNIX, kind == WIRE_STREAM ? SOCK_STREAM : SOCK_SEQPACKET, 0, ends) != 0) abort();
    int size = SEND_BUFFER;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK);
    reader r = {ends[1], kind, 0, NULL, 0};
    note(&r, "", 0);
    pthread_t thread;
    if (pthread_create(&thread, NULL, read_all, &r) != 0) abort();
    serve(ends[0]);
    pthread_join(thread, NULL);
    close(ends[1]);
    printf("%s %zu %d %s\n", name, items_alive(), r.descriptors, r.text);
    fflush(stdout);
    free(r.text);
}

void wire_wait_writable(int fd) {
    struct pollfd wanted = {fd, POLLOUT, 0};
    poll(&wanted, 1, -1);
}

static size_t alive;

item* item_new(const char* key, const char* value, size_t nbytes) {
    item* it = calloc(1, sizeof(*it));
    if (it == NULL || strlen(key) >= sizeof(it->key)) abort();
    it->data = malloc(nbytes + 1);
    if (it->data == NULL) abort();
    memcpy(it->data, value, nbytes);
    it->data[nbytes] = '\0';
    it->nkey = (uint8_t)strlen(key);
    memcpy(it->key, key, it->nkey);
    it->nbytes = (uint32_t)nbytes;
    it->refcount = 1;
    alive++;
    return it;
}

item* item_retain(item* it) {
    it->refcount++;
    return it;
}

void item_release(item* it) {
    if (--it->refcount > 0) return;
    alive--;
    free(it->data);
    free(it);
}

size_t items_alive(void) {
    return alive;
}
