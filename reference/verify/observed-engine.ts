// Comes between the core and an engine: tells an observer of every call that matters, and makes some of them wait.
import {
  type Connection,
  type Cookie,
  type DcpInterface,
  type DcpMessageProducers,
  EngineErrorCode,
  type EngineInterface,
  type EngineModule,
  type Item,
  type ServerApi,
} from '../engine/contract.ts';
import { observedMutableResponse, readOnlyResponse } from '../engine/guard.ts';
import { dcpSlots, engineSlots } from '../engine/slots.ts';
import type * as v1 from '../engine/v1.ts';
import { type InjectionOptions, inject } from './injection.ts';
import type { Observer } from './observer.ts';

/** How an engine is observed. */
export interface ObservationOptions {
  readonly contract: 'current' | 'v1';
  readonly observer: Observer;
  readonly injection: Omit<InjectionOptions, 'notify'>;
}

type Slot = (...args: unknown[]) => unknown;
type Table = Record<string, unknown>;

const { ENGINE_EWOULDBLOCK, ENGINE_SUCCESS } = EngineErrorCode;

/** Slots whose result holds an item that is the caller's. */
const lenders: ReadonlySet<string> = new Set([
  'allocate',
  'allocateEx',
  'get',
  'getIf',
  'getLocked',
  'getAndTouch',
]);

/** Slots that every engine is called through, whatever clients do. */
const lifeCycle: ReadonlySet<string> = new Set(['getInfo', 'initialize', 'destroy']);

/** A step that never ends would end the process instead. */
const MAX_STEPS = 100_000;

/** A module whose engines are observed. Engines of both contracts have the same shape. */
export function observedModule(module: EngineModule, options: ObservationOptions): EngineModule {
  return {
    createInstance: (version, getServerApi) => {
      const api = observedApi(getServerApi(), options);
      const made = module.createInstance(version, () => api.api);
      if (made?.status !== ENGINE_SUCCESS || typeof made.handle !== 'object' || made.handle === null)
        return made;
      return { ...made, handle: observedEngine(made.handle, options, api) };
    },
  };
}

interface ObservedApi {
  readonly api: ServerApi;
  /** What the engine's items are asked about; set when there is one. */
  engine: EngineInterface | undefined;
  readonly notify: InjectionOptions['notify'];
}

function observedApi(inner: ServerApi, { contract, observer }: ObservationOptions): ObservedApi {
  const connections = new WeakMap<object, Connection>();
  const observed: ObservedApi = {
    engine: undefined,
    notify: (cookie, code) => {
      observer.waiting.delete(cookie);
      observer.lastNotified = cookie;
      inner.cookie.notifyIoComplete(cookie, code);
    },
    api: {
      ...inner,
      cookie: {
        ...inner.cookie,
        notifyIoComplete: (cookie, code) => observed.notify(cookie, code),
        getConnection: (cookie) => {
          const connection = inner.cookie.getConnection(cookie);
          let known = connections.get(connection);
          if (known === undefined) {
            known = contract === 'v1' ? reserving(connection, cookie) : chaining(connection);
            connections.set(connection, known);
          }
          return known;
        },
      },
    },
  };
  const chaining = (connection: Connection): Connection => ({
    copyToOutputStream: (data) => connection.copyToOutputStream(data),
    chainDataToOutputStream: (buffer, release) => {
      if (!(buffer instanceof Uint8Array) || buffer.length === 0)
        return connection.chainDataToOutputStream(buffer, release);
      connection.chainDataToOutputStream(buffer, observer.chained(buffer, release));
    },
  });
  const reserving = (connection: Connection, cookie: Cookie): Connection => {
    const old = connection as unknown as v1.Connection;
    const both: v1.Connection = {
      addMsgHdr: (reset) => old.addMsgHdr(reset),
      addIov: (data) => old.addIov(data),
      sendmsg: (message) => old.sendmsg(message),
      transmit: () => old.transmit(),
      pushTempAlloc: (buffer) => old.pushTempAlloc(buffer),
      reserveItem: (item: Item) => {
        if (observed.engine !== undefined) observer.hold(observed.engine, cookie, item);
        return old.reserveItem(item);
      },
    };
    return both as unknown as Connection;
  };
  return observed;
}

function observedEngine(
  inner: EngineInterface,
  options: ObservationOptions,
  api: ObservedApi,
): EngineInterface {
  const { observer } = options;
  api.engine = inner;
  // In place, so that the engine's own calls of the slot are seen, too.
  const release = inner.release.bind(inner);
  const isPatched = Object.isExtensible(inner);
  if (isPatched)
    Object.defineProperty(inner, 'release', {
      configurable: true,
      value: (handle: EngineInterface, cookie: Cookie | undefined, item: Item) => {
        observer.release(inner, cookie, item);
        return release(handle, cookie, item);
      },
    });
  const outer: Table = { interface: 1 };
  const source = inner as unknown as Table;
  for (const name of Object.keys(engineSlots)) {
    if (typeof source[name] === 'function') outer[name] = around(source, name, name, inner, options, api);
  }
  outer['release'] = (_handle: unknown, cookie: Cookie | undefined, item: Item): unknown => {
    observer.giveBack(inner, cookie, item);
    if (!isPatched) observer.release(inner, cookie, item);
    return observer.byCore(() => inner.release(inner, cookie, item));
  };
  let table: { readonly of: DcpInterface; readonly observed: Table } | undefined;
  Object.defineProperty(outer, 'dcp', {
    get: () => {
      // An engine may fill its table, or take another one, while it is initialized.
      const { dcp } = inner;
      if (dcp === undefined) return undefined;
      if (table?.of !== dcp) table = { of: dcp, observed: observedDcp(dcp, inner, options, api) };
      return table.observed;
    },
  });
  Object.defineProperty(outer, 'collections', { get: () => inner.collections });
  return outer as unknown as EngineInterface;
}

function observedDcp(
  dcp: DcpInterface,
  inner: EngineInterface,
  options: ObservationOptions,
  api: ObservedApi,
): Table {
  const table: Table = {};
  const source = dcp as unknown as Table;
  for (const name of Object.keys(dcpSlots))
    if (typeof source[name] === 'function')
      table[name] = around(source, name, `dcp.${name}`, inner, options, api);
  const producers = new WeakMap<DcpMessageProducers, DcpMessageProducers>();
  let steps = 0;
  let seenIn = -1;
  if (dcp.step !== undefined)
    table['step'] = (_handle: unknown, cookie: Cookie, given: DcpMessageProducers): unknown => {
      const { observer } = options;
      observer.counts.slotCalls += 1;
      steps = seenIn === observer.step ? steps + 1 : 0;
      seenIn = observer.step;
      if (steps > MAX_STEPS)
        throw new Error(`dcp.step was called ${MAX_STEPS} times and does not come to an end.`);
      let observed = producers.get(given);
      if (observed === undefined) {
        observed = observedProducers(given, inner, observer);
        producers.set(given, observed);
      }
      return dcp.step?.(inner, cookie, observed);
    };
  if (dcp.responseHandler !== undefined)
    table['responseHandler'] = (
      _handle: unknown,
      cookie: Cookie,
      response: v1.ProtocolBinaryResponseHeader,
    ) => handleResponse(dcp, inner, cookie, response, options);
  return table;
}

/** Every write to the header is noted: allowed by the old contract, refused by today's. */
function handleResponse(
  dcp: DcpInterface,
  inner: EngineInterface,
  cookie: Cookie,
  response: v1.ProtocolBinaryResponseHeader,
  { contract, observer }: ObservationOptions,
): unknown {
  observer.counts.slotCalls += 1;
  observer.counts.headerHandlings += 1;
  const packet = response.bytes.slice();
  const note = (field: string): void => observer.headerWrite(field, packet);
  if (contract === 'current') {
    const name = inner.getInfo(inner).description;
    return dcp.responseHandler?.(inner, cookie, readOnlyResponse(packet, name, note));
  }
  const observed = observedMutableResponse(response.bytes, note);
  try {
    return dcp.responseHandler?.(inner, cookie, observed.header);
  } finally {
    observed.finish();
  }
}

function observedProducers(
  given: DcpMessageProducers,
  engine: EngineInterface,
  observer: Observer,
): DcpMessageProducers {
  const taking =
    (slot: Slot) =>
    (cookie: Cookie, opaque: number, item: Item, ...rest: unknown[]): unknown => {
      // The core has it from here on, also where the producer fails.
      if (typeof item === 'object' && item !== null) observer.hold(engine, cookie, item);
      return slot(cookie, opaque, item, ...rest);
    };
  const table: Table = { ...given };
  for (const name of ['mutation', 'deletion', 'expiration'] as const)
    table[name] = taking((given[name] as unknown as Slot).bind(given));
  return table as unknown as DcpMessageProducers;
}

/** A slot that is counted, may be made to wait, and whose item is noted. */
function around(
  table: Table,
  name: string,
  slot: string,
  inner: EngineInterface,
  { observer, injection }: ObservationOptions,
  api: ObservedApi,
): Slot {
  const isLender = lenders.has(slot);
  const isCounted = !lifeCycle.has(slot);
  return (_handle, ...args) => {
    if (isCounted) observer.counts.slotCalls += 1;
    const cookie = args[0] as Cookie;
    observer.lastNotified = undefined;
    let result = inject(slot, cookie, { ...injection, notify: api.notify });
    if (result === undefined) result = (table[name] as Slot).call(table, inner, ...args);
    else observer.counts.injected += 1;
    const status = statusOf(result);
    if (status === ENGINE_EWOULDBLOCK) {
      if (observer.lastNotified !== cookie) observer.waiting.add(cookie);
    } else if (isLender && status === ENGINE_SUCCESS) lend(result, cookie);
    return result;
  };

  function lend(result: unknown, cookie: Cookie): void {
    const { item } = result as { readonly item?: unknown };
    if (typeof item === 'object' && item !== null) observer.hold(inner, cookie, item);
  }
}

function statusOf(result: unknown): unknown {
  return typeof result === 'object' && result !== null && 'status' in result ? result.status : result;
}
