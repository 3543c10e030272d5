// Why buffer-copy-send leaves a site for review: id and what `explain` says. One entry a hazard, sorted by id.
import type { Rule } from './facts/codemod.ts';
import type { HazardKind } from './facts/send.ts';

/** A hazard as `list` and `explain` show it. */
export interface Hazard extends Rule {
  readonly id: HazardKind;
}

/** The hazards, sorted by id. */
export const hazards: readonly Hazard[] = [
  {
    id: 'add-in-callback',
    severity: 'warning',
    summary: 'memory is queued inside a callback whose answer says how long it is',
    explanation: `A callback fills a buffer, queues it and returns its length; whoever called it does its accounting with that length. The
length must go on describing what was put into that buffer, not what was sent, and an error inside the callback leaves
half a message behind.

  found   write->produce([&](auto buffer) { fill(buffer); c.addIov(buffer.data(), n); return n; });

Build the message in memory of the function itself, then copy it into the send buffer after the callback.`,
  },
  {
    id: 'datagram',
    severity: 'warning',
    summary: 'one msghdr is one datagram',
    explanation: `A stream has no message borders, a datagram socket has: each msghdr goes out as one packet with its own address and
header. A send buffer would run them together.

  found   msg.msg_name = &c->request_addr; sendmsg(c->sfd, &msg, 0);

Keep sendmsg for datagrams, and move the stream connections of the same code by hand.`,
  },
  {
    id: 'descriptor-passing',
    severity: 'warning',
    summary: 'sendmsg passes file descriptors or other control data',
    explanation: `What stands in msg_control (SCM_RIGHTS, credentials) reaches the other side only through sendmsg. A send buffer holds
bytes and nothing else.

  found   cmsg->cmsg_type = SCM_RIGHTS; msg.msg_control = control; sendmsg(fd, &msg, 0);

Leave it as it is. When bytes are sent on the same socket, drain the send buffer before.`,
  },
  {
    id: 'double-release',
    severity: 'warning',
    summary: 'an item or buffer would be released twice',
    explanation: `On the old path the connection releases what it was given to keep, once. Here the code releases it as well, or gives it
to the connection twice, so the rewrite cannot tell which release is the one to keep.

  found   connection.reserveItem(item); connection.addIov(item.value); release(item);

Find out who owns the reference and take the other release away; then run again.`,
  },
  {
    id: 'early-release',
    severity: 'warning',
    summary: 'memory would be released before its last use',
    explanation: `With a copy an item is released at once; on the old path it lived until everything queued was sent. What still uses it
after the add (a second add of the same item, a pointer kept elsewhere) would use freed memory.

  found   connection.reserveItem(item); connection.addIov(item.value); later(() => read(item.value));

Move the last use before the send, or take a reference of your own.`,
  },
  {
    id: 'iov-walked',
    severity: 'warning',
    summary: 'something walks the iovecs of a message by itself',
    explanation: `Another transport reads msg_iov and sends it element by element, most often SSL_write. Once nothing fills msg_iov, it
sends nothing.

  found   for (i = 0; i < m->msg_iovlen; i++) SSL_write(c->ssl, m->msg_iov[i].iov_base, m->msg_iov[i].iov_len);

Let that transport send from the send buffer, too (a bufferevent with OpenSSL does), then run again.`,
  },
  {
    id: 'item-after-release',
    severity: 'warning',
    summary: 'an item is used after the send that releases it',
    explanation: `After a copy the item is released right away, and its memory may hold another value at once. The old path kept it until
the last byte was taken by the kernel.

  found   connection.reserveItem(item); connection.addIov(item.value); log(item.key);

Move the use before the send, or keep what is needed of the item in a local variable.`,
  },
  {
    id: 'no-send-target',
    severity: 'warning',
    summary: 'nothing is known that could send instead',
    explanation: `Neither the contract nor the tree declares what copies into a send buffer of this connection: a class with
copyToOutputStream, a function or field that gives its struct bufferevent or struct evbuffer.

Give the header that declares it: kv-engine-migrate run --codemod buffer-copy-send --to include/connection.h`,
  },
  {
    id: 'other-event-loop',
    severity: 'warning',
    summary: 'the server does not run on libevent',
    explanation: `A bufferevent or evbuffer needs libevent's loop for the socket to become writable. This server waits with epoll, kqueue,
libev, libuv or a loop of its own, so a send buffer would never be flushed by it.

Move the server to libevent first, or give it a send buffer of its loop's own kind by hand.`,
  },
  {
    id: 'own-send-path',
    severity: 'warning',
    summary: 'this is the send path itself, not a caller of it',
    explanation: `The function builds or sends msghdr and iovec for everybody else: the body of addIov or transmit, the arrays and their
growth, the state that waits for the last byte. Its new form is a design, not a rewrite: what releases kept items, when a
connection stops reading because its queue is full, what the statistics count.

Write it by hand (kv_engine 2990f2f1f is the example); the calls of it are rewritten all the same.`,
  },
  {
    id: 'partial-write-visible',
    severity: 'warning',
    summary: 'how many bytes sendmsg took is used for more than sending the rest',
    explanation: `The answer of sendmsg goes into a response, a statistic, a return value or a decision. A copy always takes everything, so
the number would be another one.

  found   const sent = connection.sendmsg(message); respond(\`\${sent} bytes\`);

Decide what the number should mean now: bytes queued, or bytes that the peer got.`,
  },
  {
    id: 'queue-reset',
    severity: 'warning',
    summary: 'the counters are reset to drop what is queued',
    explanation: `Setting msgcurr, msgused and iovused to 0 forgets messages that were queued and not sent. What is in a send buffer is
sent in any case, unless it is drained on purpose.

  found   c->msgused = 0; c->iovused = 0;

Where nothing can be queued at this point, take the reset away. Where something can be, drain the send buffer, and only
as far as no byte of that message went out already.`,
  },
  {
    id: 'queue-state-read',
    severity: 'warning',
    summary: 'the number of queued iovecs or messages decides something',
    explanation: `\`iovused == 0\` says that nothing was queued since the last reset. The length of a send buffer says how much is not sent
yet, which is another question: it is 0 again as soon as the kernel took the bytes.

  found   if (c->iovused == 0) { add_iov(c, c->wcurr, c->wbytes); }

Remember the answer in a flag of the connection where the queueing is done, and test that.`,
  },
  {
    id: 'queue-then-discard',
    severity: 'warning',
    summary: 'something is queued and may be discarded before it is sent',
    explanation: `addMsgHdr(true) forgets everything that is queued and not sent. Code that queues the start of a response, then fails and
begins an error response, relies on that: with copies both responses go out, and the protocol is corrupt.

  found   connection.addIov(successHeader); if (!grow()) return sendError();   // sendError calls addMsgHdr(true)

Do everything that can fail first, and queue after it.`,
  },
  {
    id: 'queue-then-say-nothing',
    severity: 'warning',
    summary: 'something is queued by a function that answers that there is nothing to send',
    explanation: `A producer's step that queues a message and returns "nothing more" (ENGINE_SUCCESS in 2017, ENGINE_EWOULDBLOCK in 2019) had
that message dropped silently by the next addMsgHdr(true). From a send buffer it is sent.

  found   connection.addIov(message); return ENGINE_SUCCESS;

Return ENGINE_WANT_MORE where the message is meant, or do not queue it.`,
  },
  {
    id: 'sendmsg-shim',
    severity: 'warning',
    summary: 'the tree defines sendmsg itself',
    explanation: `On a platform without sendmsg the tree brings its own (WSASend over msg_iov). What it does beside sending is not known
here, and after the rewrite it would have no caller or a wrong one.

Take the shim away by hand once nothing calls it, and see that libevent is built for that platform.`,
  },
  {
    id: 'store-after-add',
    severity: 'warning',
    summary: 'memory is stored to after it was queued',
    explanation: `With iovecs the memory is read when it is sent, so a later store is sent; a copy is taken at once, and the store is lost.

  found   add_bin_header(c, 0, 4, keylen, bodylen); response->cas = htonll(cas);   // the header is queued already

Where the store can be moved above the add without changing anything else, that is done. Here something in between uses
the memory, decides the value, or runs code that is not known. Store first, then queue.`,
  },
  {
    id: 'unknown-flow',
    severity: 'warning',
    summary: 'the connection or the queue goes where no fact reaches',
    explanation: `It is passed to a function that is not in the tree, kept in a field of an unknown object, or typed any. What is done with
it there may be a send, a reset, or nothing.

Give the whole tree, type the value, or rewrite that place by hand.`,
  },
  {
    id: 'work-between-sends',
    severity: 'warning',
    summary: 'a loop around transmit or sendmsg does something else, too',
    explanation: `Between two calls the code counts, waits, serves others or changes what is queued. With copies there is one straight line
and no time in between, so that work would run once, at another moment, or never.

  found   while (connection.transmit() === TransmitResult.Incomplete) { this.#rounds += 1; }

Take that work out of the loop first.`,
  },
  {
    id: 'write-pipe',
    severity: 'warning',
    summary: 'the bytes lie in a pipe that sending empties',
    explanation: `On the old path the connection consumed its write pipe as the iovecs that point into it were sent. With copies nobody
does: the pipe fills up, and the next message fails with E2BIG.

  found   c.write->produce(...); c.addIov(c.write->rdata().data(), n);

Copy from the pipe and clear it right after, where nothing else lies in it (kv_engine 2990f2f1f does so in conn_send_data).`,
  },
];
