// A transport that counts what goes through it, and spoils what a reader keeps of it against the rules.
import type { Transport, TransportEvents } from '../../reference/bufferevent/transport.ts';

/** What went through the transports of a server. */
export class TransportCounts {
  reads = 0;
  writes = 0;
  pauses = 0;
  resumes = 0;

  /** For the server's option of the same name. */
  readonly wrapTransport = (transport: Transport): Transport => ({
    peerName: transport.peerName,
    start: (events) => transport.start(this.#wrapEvents(events)),
    write: (chunks) => {
      this.writes += 1;
      return transport.write(chunks);
    },
    pause: () => {
      this.pauses += 1;
      transport.pause();
    },
    resume: () => {
      this.resumes += 1;
      transport.resume();
    },
    end: () => transport.end(),
    destroy: () => transport.destroy(),
  });

  #wrapEvents(events: TransportEvents): TransportEvents {
    return {
      onRead: (bytes, length) => {
        this.reads += 1;
        events.onRead(bytes, length);
        bytes.fill(0xdb, 0, length);
      },
      onWritten: () => events.onWritten(),
      onEnd: () => events.onEnd(),
      onClose: (error) => events.onClose(error),
    };
  }
}
