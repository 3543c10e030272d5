// Event loops that do not flush libevent's buffers: a server that waits with one of them has to do it by itself.
import { type Document, type Node, occurrences } from '../document.ts';
import type { Library } from '../library.ts';

const REGISTRATIONS: Readonly<Record<string, string>> = {
  epoll_ctl: 'epoll',
  ev_io_start: 'libev',
  kevent: 'kqueue',
  port_associate: 'event ports',
  uv_poll_start: 'libuv',
  uv_write: 'libuv',
};

/** Where a connection is put into a loop other than libevent's, and which loop it is. */
export interface OtherLoop {
  readonly node: Node;
  readonly loop: string;
}

/** The first registration of one document. In a tree that uses libevent itself a look at a descriptor says nothing. */
export function otherLoopIn(library: Library, doc: Document): OtherLoop | undefined {
  for (const [name, loop] of Object.entries(REGISTRATIONS)) {
    const call = occurrences(doc, name)
      .map((node) => node.parent)
      .find((parent) => parent?.type === 'call_expression');
    if (
      call !== undefined &&
      call !== null &&
      library.textsMentioning('event_base').length === 0 &&
      library.textsMentioning('event_add').length === 0
    )
      return { node: call, loop };
  }
  return undefined;
}
