// The connection of send-before/: pointers in iovecs, message headers over them, and sendmsg.
#include <daemon/connection.h>

#include "wire.h"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <unistd.h>

Connection::Connection(int fd_) : write(new cb::Pipe(2048)), fd(fd_) {
}

Connection::~Connection() {
    releaseReservedItems();
    releaseTempAlloc();
    close(fd);
}

void Connection::addMsgHdr(bool reset) {
    if (reset) {
        msgcurr = 0;
        msglist.clear();
        iov.clear();
        iovused = 0;
    }
    msghdr message = {};
    message.msg_iov = iov.data() + iovused;
    msglist.push_back(message);
}

void Connection::addIov(const void* buf, size_t len) {
    if (len == 0) {
        return;
    }
    if (msglist.empty() || msglist.back().msg_iovlen == IOV_MAX) {
        addMsgHdr(false);
    }
    iov.push_back({const_cast<void*>(buf), len});
    ++iovused;
    msglist.back().msg_iovlen++;
    // The list may have moved. What is already sent of a message stays skipped.
    size_t first = iovused;
    for (auto message = msglist.rbegin(); message != msglist.rend(); ++message) {
        first -= message->msg_iovlen;
        message->msg_iov = iov.data() + first;
        if (size_t(std::distance(message, msglist.rend())) - 1 == msgcurr) {
            break;
        }
    }
}

size_t Connection::getIovUsed() const {
    return iovused;
}

bool Connection::reserveItem(item* it) {
    reservedItems.push_back(it);
    return true;
}

bool Connection::pushTempAlloc(char* ptr) {
    tempAlloc.push_back(ptr);
    return true;
}

void Connection::releaseReservedItems() {
    for (auto* it : reservedItems) {
        item_release(it);
    }
    reservedItems.clear();
}

void Connection::releaseTempAlloc() {
    for (auto* ptr : tempAlloc) {
        free(ptr);
    }
    tempAlloc.clear();
}

ssize_t Connection::sendmsg(struct msghdr* message) {
    return ::sendmsg(fd, message, MSG_NOSIGNAL);
}

void Connection::adjust(struct msghdr& message, size_t sent) {
    while (message.msg_iovlen > 0 && sent >= message.msg_iov->iov_len) {
        if (message.msg_iov->iov_base == write->rdata().data()) {
            write->consumed(message.msg_iov->iov_len);
        }
        sent -= message.msg_iov->iov_len;
        message.msg_iov++;
        message.msg_iovlen--;
    }
    if (sent > 0) {
        if (message.msg_iov->iov_base == write->rdata().data()) {
            write->consumed(sent);
        }
        message.msg_iov->iov_base = static_cast<char*>(message.msg_iov->iov_base) + sent;
        message.msg_iov->iov_len -= sent;
    }
}

Connection::TransmitResult Connection::transmit() {
    while (msgcurr < msglist.size() && msglist[msgcurr].msg_iovlen == 0) {
        msgcurr++;
    }
    if (msgcurr == msglist.size()) {
        return TransmitResult::Complete;
    }
    const ssize_t sent = sendmsg(&msglist[msgcurr]);
    if (sent > 0) {
        adjust(msglist[msgcurr], size_t(sent));
        const bool done = msgcurr + 1 == msglist.size() && msglist[msgcurr].msg_iovlen == 0;
        return done ? TransmitResult::Complete : TransmitResult::Incomplete;
    }
    return errno == EAGAIN || errno == EWOULDBLOCK ? TransmitResult::SoftError : TransmitResult::HardError;
}

void Connection::shrinkBuffers() {
    iov.shrink_to_fit();
}

int Connection::getFd() const {
    return fd;
}

void Connection::drain() {
    for (;;) {
        switch (transmit()) {
        case TransmitResult::Complete:
            releaseTempAlloc();
            releaseReservedItems();
            msgcurr = iovused = 0;
            msglist.clear();
            iov.clear();
            return;
        case TransmitResult::Incomplete:
            break;
        case TransmitResult::SoftError:
            wire_wait_writable(fd);
            break;
        case TransmitResult::HardError:
            return;
        }
    }
}
