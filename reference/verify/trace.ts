// What clients sent to a server, as lines of JSON: written by `serve --record`, played again by `verify --trace`.
import type { Transport, TransportEvents } from '../bufferevent/transport.ts';
import { VerifyError } from './verify-error.ts';

/**
 * One thing that a client did. A line of a trace is `{"connection":1,"at":12,"bytes":"gAo..."}` (base64), or has
 * `"event"` instead of bytes: `end`, it will send no more; `close`, the connection is gone.
 */
export type TraceEvent = {
  /** Numbers the connections of a recording from 1 up. */
  readonly connection: number;
  /** Milliseconds since the recording began. */
  readonly at: number;
} & ({ readonly bytes: Buffer } | { readonly event: 'end' | 'close' });

/**
 * Makes something to put between a server and its transports (`ServerOptions.wrapTransport`): it writes what clients
 * send, a line without line end for each event. `now` is in milliseconds.
 */
export function traceRecorder(
  write: (line: string) => void,
  now: () => number = () => performance.now(),
): (transport: Transport) => Transport {
  const start = now();
  let connections = 0;
  return (transport) => {
    connections += 1;
    const connection = connections;
    return new RecordedTransport(transport, (what) =>
      write(JSON.stringify({ connection, at: Math.round(now() - start), ...what })),
    );
  };
}

/** Reads a whole trace. @throws VerifyError `broken-trace`, naming the line. */
export function readTrace(text: string): readonly TraceEvent[] {
  const events: TraceEvent[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const event = eventIn(line);
    if (event === undefined) {
      const wanted =
        '{"connection":1,"at":0,"bytes":"<base64>"}, or "event":"end" or "close" instead of bytes';
      throw new VerifyError('broken-trace', `Line ${at + 1} of the trace is no event: write ${wanted}.`);
    }
    events.push(event);
  }
  return events;
}

function eventIn(line: string): TraceEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { connection, at, bytes, event } = value as Record<string, unknown>;
  if (typeof connection !== 'number' || typeof at !== 'number') return undefined;
  if (typeof bytes === 'string' && BASE64.test(bytes))
    return { connection, at, bytes: Buffer.from(bytes, 'base64') };
  return event === 'end' || event === 'close' ? { connection, at, event } : undefined;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A transport that tells what arrives. */
class RecordedTransport implements Transport {
  readonly peerName: string;
  readonly #inner: Transport;
  readonly #tell: (what: { readonly bytes: string } | { readonly event: 'end' | 'close' }) => void;

  constructor(
    inner: Transport,
    tell: (what: { readonly bytes: string } | { readonly event: 'end' | 'close' }) => void,
  ) {
    this.peerName = inner.peerName;
    this.#inner = inner;
    this.#tell = tell;
  }

  start(events: TransportEvents): void {
    this.#inner.start({
      onRead: (bytes, length) => {
        this.#tell({ bytes: bytes.toString('base64', 0, length) });
        events.onRead(bytes, length);
      },
      onWritten: () => events.onWritten(),
      onEnd: () => {
        this.#tell({ event: 'end' });
        events.onEnd();
      },
      onClose: (error) => {
        this.#tell({ event: 'close' });
        events.onClose(error);
      },
    });
  }

  write(chunks: readonly Uint8Array[]): boolean {
    return this.#inner.write(chunks);
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  end(): void {
    this.#inner.end();
  }

  destroy(): void {
    this.#inner.destroy();
  }
}
