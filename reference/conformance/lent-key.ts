// A key as the core lends it to an engine: right during the call, something else afterwards.
import { type DocKey, DocNamespace } from '../engine/item.ts';

/** A key as text, one character per byte, or as its bytes. */
export type Key = string | Uint8Array;

/** The same bytes as latin1 text. */
export function keyText(key: Key): string {
  return typeof key === 'string' ? key : Buffer.from(key).toString('latin1');
}

/** One key for one command. An engine that keeps it beyond the call sees it turn into another key. */
export class LentKey implements DocKey {
  readonly docNamespace: DocNamespace = DocNamespace.DefaultCollection;
  data: Uint8Array;
  text: string;

  constructor(key: Key) {
    this.text = keyText(key);
    // No Buffer: its slice does not copy.
    this.data = new Uint8Array(Buffer.from(this.text, 'latin1'));
  }

  /** The call is over. */
  takeBack(): void {
    this.data.fill(0x7e);
    this.text = '~'.repeat(this.text.length);
  }
}
