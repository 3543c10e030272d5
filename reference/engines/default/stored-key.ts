// A key that outlives the call it came with.
import type { DocKey, DocNamespace } from '../../engine/contract.ts';

/** The key of a document; its bytes are made when somebody asks for them first. */
export class StoredKey implements DocKey {
  readonly text: string;
  readonly docNamespace: DocNamespace;
  #bytes: Uint8Array | undefined;

  constructor(text: string, docNamespace: DocNamespace) {
    this.text = text;
    this.docNamespace = docNamespace;
    this.#bytes = undefined;
  }

  get data(): Uint8Array {
    this.#bytes ??= Buffer.from(this.text, 'latin1');
    return this.#bytes;
  }
}
