// Sends one message of a list and says how far that came: the old path's `transmit`. Whoever calls it decides what follows.
import { TransmitResult } from '../engine/v1.ts';
import type { MsghdrList } from './msghdr-list.ts';

/** What a message is handed to: a connection's socket. */
export interface MessageSocket {
  /** Takes `length` bytes in `chunks`: how many of them the kernel took, -1 where it can take none now, or ever. */
  sendmsg(chunks: readonly Uint8Array[], length: number): number;
  /** The kernel still reads the memory of the last message. */
  readonly isWriting: boolean;
  readonly isClosed: boolean;
}

/**
 * Sends the first message that is not sent, with one sendmsg (kv_engine McbpConnection::transmit). Complete: the kernel has
 * everything and needs the memory no longer. Incomplete: to be called again. SoftError: the socket is full, or the
 * kernel still reads. HardError: the connection is gone. `limit` is the most bytes that the socket takes at once.
 */
export function transmit(list: MsghdrList, socket: MessageSocket, limit: number): TransmitResult {
  if (socket.isClosed) return TransmitResult.HardError;
  if (list.bytes > 0) {
    if (socket.isWriting) return TransmitResult.SoftError;
    const chunks: Uint8Array[] = [];
    const length = list.gather(limit, chunks);
    const sent = socket.sendmsg(chunks, length);
    if (sent < 0) return socket.isClosed ? TransmitResult.HardError : TransmitResult.SoftError;
    list.adjust(sent);
    if (list.bytes > 0) return TransmitResult.Incomplete;
  }
  return socket.isWriting ? TransmitResult.SoftError : TransmitResult.Complete;
}
