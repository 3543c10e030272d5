// What the server counts. Engines count their own.
import type { ByteCounts } from './bufferevent/bufferevent.ts';

/** All counters of one server; handlers and connections add to them, the stat command reads them. */
export class ServerStats implements ByteCounts {
  bytesRead = 0;
  bytesWritten = 0;
  bytesQueued = 0;
  writes = 0;
  sendQueueHighWater = 0;
  responses = 0;
  cmdGet = 0;
  getHits = 0;
  getMisses = 0;
  cmdSet = 0;
  cmdTouch = 0;
  touchHits = 0;
  touchMisses = 0;
  cmdFlush = 0;
  deleteHits = 0;
  deleteMisses = 0;
  incrHits = 0;
  incrMisses = 0;
  decrHits = 0;
  decrMisses = 0;
  casHits = 0;
  casMisses = 0;
  casBadval = 0;
  cmdLock = 0;
  lockErrors = 0;
  authCmds = 0;
  authErrors = 0;
  totalConnections = 0;
  currConnections = 0;
  rejectedConnections = 0;
  /** Requests that a validator refused, or whose header made no sense. */
  invalidRequests = 0;
  /** Calls into an engine that threw or answered nonsense. */
  engineFaults = 0;
  /** Times that a connection stopped dispatching because its send queue was full. */
  sendQueueFull = 0;
  /** Times that a connection let others go first. */
  connYields = 0;
  /** Items or memory that went out by reference instead of being copied. */
  chained = 0;

  /** Sets every counter to 0 but those of what is open now. */
  reset(): void {
    const { currConnections } = this;
    Object.assign(this, new ServerStats());
    this.currConnections = currConnections;
  }
}
