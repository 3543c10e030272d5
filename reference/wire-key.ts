// The key of the request that runs, as engines see it: read from the frame when somebody asks.
import { type DocKey, DocNamespace } from './engine/item.ts';
import { lentBytes } from './engine/lent-bytes.ts';
import type { RequestFrame } from './protocol/request-frame.ts';

/** One object for all keys of a connection; valid as long as its frame is. */
export class WireKey implements DocKey {
  readonly docNamespace: DocNamespace = DocNamespace.DefaultCollection;
  readonly #frame: RequestFrame;

  constructor(frame: RequestFrame) {
    this.#frame = frame;
  }

  get data(): Uint8Array {
    const frame = this.#frame;
    return lentBytes(frame.bytes, frame.keyAt, frame.valueAt);
  }

  get text(): string {
    return this.#frame.keyText();
  }
}
