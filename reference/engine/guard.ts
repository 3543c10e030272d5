// The response header that `dcp.responseHandler` gets, at run time: one that refuses every write, and, for engines of the
// old contract, one that tells of every write. Calls no engine.
import type { ProtocolBinaryResponseHeader, ResponseFields } from './header.ts';
import type { DeepReadonly } from './read-only.ts';
import { type Refuse, readOnlyBytes } from './read-only-bytes.ts';
import { responseFields } from './response-fields.ts';

/** Refuses everything that would change the object it stands before; reads go to the object. */
class FieldsGuard implements ProxyHandler<object> {
  readonly #refuse: Refuse;
  readonly #path: string;

  constructor(refuse: Refuse, path: string) {
    this.#refuse = refuse;
    this.#path = path;
  }

  set(_target: object, key: string | symbol): never {
    return this.#refuse('wrote to', `${this.#path}.${String(key)}`);
  }

  defineProperty(_target: object, key: string | symbol): never {
    return this.#refuse('redefined', `${this.#path}.${String(key)}`);
  }

  deleteProperty(_target: object, key: string | symbol): never {
    return this.#refuse('deleted', `${this.#path}.${String(key)}`);
  }

  setPrototypeOf(): never {
    return this.#refuse('changed the prototype of', this.#path);
  }

  preventExtensions(): never {
    return this.#refuse('froze', this.#path);
  }
}

/**
 * A response packet as an engine of today's contract gets it. `packet` is header and body, and has to stay as it is for
 * the length of the call; the fields are decoded now, `bytes` reads from it. Copies: `{ ...response.response }`,
 * `response.bytes.slice()`; `structuredClone` refuses proxies, and so refuses this.
 * Every write throws a TypeError that names the engine, the slot and the field; `onWriteAttempt` is told first.
 * @throws RangeError for a packet that is shorter than a header.
 */
export function readOnlyResponse(
  packet: Uint8Array,
  engineName: string,
  onWriteAttempt?: (field: string) => void,
): DeepReadonly<ProtocolBinaryResponseHeader> {
  const refuse: Refuse = (verb, field) => {
    onWriteAttempt?.(field);
    throw new TypeError(
      `engine "${engineName}": dcp.responseHandler ${verb} ${field}, but the response header is read-only`,
    );
  };
  const header: DeepReadonly<ProtocolBinaryResponseHeader> = {
    response: new Proxy<ResponseFields>(responseFields(packet), new FieldsGuard(refuse, 'response.response')),
    bytes: readOnlyBytes(packet, refuse, 'response.bytes'),
  };
  return new Proxy<typeof header>(header, new FieldsGuard(refuse, 'response'));
}

/** A header to hand to an engine of the old contract, and what to call once the slot has returned. */
export interface ObservedResponse {
  readonly header: ProtocolBinaryResponseHeader;
  /** Tells of what could only be found by comparing: bytes that changed, fields added, taken away or redefined. */
  readonly finish: () => void;
}

/**
 * A response packet as an engine of the old contract gets it: mutable, `bytes` being `packet` itself. `onWrite` gets the
 * name of each field at once (`response.response.status`), that of each changed byte in `finish` (`response.bytes[24]`).
 * @throws RangeError for a packet that is shorter than a header.
 */
export function observedMutableResponse(
  packet: Uint8Array,
  onWrite: (field: string) => void,
): ObservedResponse {
  const before = new Uint8Array(packet);
  const fields = observed(responseFields(packet), 'response.response', onWrite);
  const header = observed({ response: fields.object, bytes: packet }, 'response', onWrite);
  return {
    header: header.object,
    finish: () => {
      header.finish();
      fields.finish();
      for (let i = 0; i < before.length; i++) {
        if (packet[i] !== before[i]) onWrite(`response.bytes[${i}]`);
      }
    },
  };
}

/** The same members as accessors that tell: a proxy would break `structuredClone`, which old engines may use. */
function observed<T extends ResponseFields | ProtocolBinaryResponseHeader>(
  source: T,
  path: string,
  onWrite: (field: string) => void,
): { readonly object: T; readonly finish: () => void } {
  const object = { ...source };
  const setters = new Map<string, (value: unknown) => void>();
  for (const key of Object.keys(source)) {
    const set = (value: unknown): void => {
      onWrite(`${path}.${key}`);
      Reflect.set(source, key, value);
    };
    setters.set(key, set);
    const get = (): unknown => Reflect.get(source, key);
    Object.defineProperty(object, key, { get, set, enumerable: true, configurable: true });
  }
  const finish = (): void => {
    for (const [key, set] of setters) {
      if (Object.getOwnPropertyDescriptor(object, key)?.set !== set) onWrite(`${path}.${key}`);
    }
    for (const key of Object.keys(object)) {
      if (!setters.has(key)) onWrite(`${path}.${key}`);
    }
  };
  return { object, finish };
}
