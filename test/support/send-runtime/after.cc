// The connection of send-after/: a bufferevent over the same descriptor.
#include <daemon/add-iov-connection.h>

#include <cstdlib>
#include <new>

Connection::Connection(int fd) : write(new cb::Pipe(2048)), base(event_base_new()) {
    bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_enable(bev, EV_WRITE);
}

Connection::~Connection() {
    bufferevent_free(bev);
    event_base_free(base);
}

void Connection::copyToOutputStream(cb::const_char_buffer data) {
    if (!data.empty() && bufferevent_write(bev, data.data(), data.size()) != 0) {
        throw std::bad_alloc();
    }
}

void Connection::chainDataToOutputStream(cb::const_char_buffer data, evbuffer_ref_cleanup_cb cleanup, void* cleanupArg) {
    if (evbuffer_add_reference(bufferevent_get_output(bev), data.data(), data.size(), cleanup, cleanupArg) != 0) {
        throw std::bad_alloc();
    }
}

size_t Connection::getSendQueueSize() const {
    return evbuffer_get_length(bufferevent_get_output(bev));
}

int Connection::getFd() const {
    return bufferevent_getfd(bev);
}

void Connection::drain() {
    while (getSendQueueSize() > 0 && event_base_loop(base, EVLOOP_ONCE) == 0) {
    }
}

AddIovConnection::~AddIovConnection() {
    releaseReservedItems();
    releaseTempAlloc();
}

void AddIovConnection::addIov(const void* buf, size_t len) {
    copyToOutputStream({static_cast<const char*>(buf), len});
}

bool AddIovConnection::reserveItem(item* it) {
    reservedItems.push_back(it);
    return true;
}

bool AddIovConnection::pushTempAlloc(char* ptr) {
    tempAlloc.push_back(ptr);
    return true;
}

void AddIovConnection::releaseReservedItems() {
    for (auto* it : reservedItems) {
        item_release(it);
    }
    reservedItems.clear();
}

void AddIovConnection::releaseTempAlloc() {
    for (auto* ptr : tempAlloc) {
        free(ptr);
    }
    tempAlloc.clear();
}
