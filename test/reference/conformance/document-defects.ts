// Engines that keep documents wrongly, and the conformance tests that have to find it.
import {
  type DocKey,
  DocStateFilter,
  type EngineInterface,
  EngineStoreOperation,
  type Item,
} from '../../../reference/engine/contract.ts';
import type { BrokenEngine } from './broken-engines.ts';
import { allocates, plainInfo, storesAs } from './slot-overrides.ts';
import type { Override } from './wrapped-engine.ts';

const [SUCCESS, KEY_ENOENT, NOT_STORED, LOCKED] = [0, 1, 4, 0x14] as const;
const { OPERATION_ADD, OPERATION_CAS, OPERATION_REPLACE } = EngineStoreOperation;

/** One buffer for all values of a length. */
function sharedValues(inner: EngineInterface): ReturnType<Override> {
  const values = new Map<number, Uint8Array>();
  return {
    getItemInfo: (_handle, cookie, item) => {
      const info = inner.getItemInfo(inner, cookie, item);
      if (info === undefined) return undefined;
      const value = values.get(info.nbytes) ?? new Uint8Array(info.nbytes);
      values.set(info.nbytes, value);
      return { ...info, ...plainInfo(info), value };
    },
  };
}

/** By what is wrong with them. */
export const documentDefects: Readonly<Record<string, BrokenEngine>> = {
  'ADD overwrites': {
    test: 'add test',
    says: /ADD of a document that is there: expected ENGINE_NOT_STORED, got ENGINE_SUCCESS/,
    override: storesAs(OPERATION_ADD),
  },
  'REPLACE creates': {
    test: 'replace test',
    says: /REPLACE of a document that is not there/,
    override: storesAs(OPERATION_REPLACE),
  },
  'the cas is not compared': {
    test: 'set cas test',
    says: /CAS with the cas of no version: expected ENGINE_KEY_EEXISTS, got ENGINE_SUCCESS/,
    override: (inner) => ({
      store: (_handle, cookie, item, operation, state) => {
        if (operation !== OPERATION_CAS) return inner.store(inner, cookie, item, operation, state);
        inner.itemSetCas(inner, cookie, item, 0n);
        const replaced = inner.store(inner, cookie, item, OPERATION_REPLACE, state);
        return replaced.status === NOT_STORED ? { status: KEY_ENOENT } : replaced;
      },
    }),
  },
  'remove does not compare the cas': {
    test: 'remove test',
    says: /remove with the cas of no version: expected ENGINE_KEY_EEXISTS/,
    override: (inner) => ({
      remove: (_handle, cookie, key, _cas, vbucket) => inner.remove(inner, cookie, key, 0n, vbucket),
    }),
  },
  'the expiry is ignored': {
    test: 'expiry test',
    says: /expiry in the past: expected ENGINE_KEY_ENOENT/,
    override: allocates(([nbytes, flags, , ...rest]) => [nbytes, flags, 0, ...rest]),
  },
  'flags lose their highest bit': {
    test: 'flags, datatype, exptime and cas are kept exactly',
    says: /the flags: expected 2147483648, got 0/,
    override: allocates(([nbytes, flags, ...rest]) => [nbytes, flags & 0x7fff_ffff, ...rest]),
  },
  'the datatype is forgotten': {
    test: 'Test datatype',
    says: /the datatype of a JSON document: expected 1, got 0/,
    override: allocates(([nbytes, flags, exptime, , vbucket]) => [nbytes, flags, exptime, 0, vbucket]),
  },
  'values share memory': {
    test: 'allocate test',
    says: /the value of an item, after another one was filled/,
    override: sharedValues,
  },
  'deleted documents are visible': {
    test: 'get deleted test',
    says: /filter Deleted showed a document that is alive/,
    override: (inner) => ({
      get: (_handle, cookie, key, vbucket) =>
        inner.get(inner, cookie, key, vbucket, DocStateFilter.AliveOrDeleted),
    }),
  },
  'tombstones cannot be found': {
    test: 'get deleted test',
    says: /did not show the tombstone/,
    override: (inner) => ({
      get: (_handle, cookie, key, vbucket, filter) =>
        filter === DocStateFilter.Deleted
          ? { status: 1 }
          : inner.get(inner, cookie, key, vbucket, DocStateFilter.Alive),
    }),
  },
  'flush keeps everything': {
    test: 'flush test',
    says: /after flush: expected ENGINE_KEY_ENOENT/,
    override: () => ({ flush: () => SUCCESS }),
  },
  'getAndTouch does not touch': {
    test: 'getAndTouch',
    says: /the exptime after getAndTouch/,
    override: (inner) => ({
      getAndTouch: (_handle, cookie, key, vbucket) =>
        inner.get(inner, cookie, key, vbucket, DocStateFilter.Alive),
    }),
  },
  'getLocked does not lock': {
    test: 'getLocked and unlock',
    says: /getLocked left the cas as it was/,
    override: (inner) => ({
      getLocked: (_handle, cookie, key, vbucket) =>
        inner.get(inner, cookie, key, vbucket, DocStateFilter.Alive),
    }),
  },
  'a lock outlives its document': {
    test: 'sequences on several keys',
    says: /shortest sequence: (?:set|add)\("(\w+)".*getLocked\("\1", 25\),remove\("\1", "right"\),\w+\("\1"/,
    override: (inner) => {
      const locked = new Set<string>();
      const haunted = new Set<string>();
      return {
        getLocked: (_handle, cookie, key, vbucket, lockTimeout) => {
          const found = inner.getLocked(inner, cookie, key, vbucket, lockTimeout);
          if (found.status === SUCCESS) locked.add(key.text);
          return found;
        },
        remove: (_handle, cookie, key, cas, vbucket) => {
          const removed = inner.remove(inner, cookie, key, cas, vbucket);
          if (removed.status === SUCCESS && locked.delete(key.text)) haunted.add(key.text);
          return removed;
        },
        store: (_handle, cookie, item, operation, state) => {
          const text = inner.getItemInfo(inner, cookie, item)?.key.text ?? '';
          if (haunted.has(text)) return { status: LOCKED };
          locked.delete(text);
          return inner.store(inner, cookie, item, operation, state);
        },
      };
    },
  },
  'storeIf does not ask': {
    test: 'storeIf',
    says: /says Fail: expected ENGINE_PREDICATE_FAILED/,
    override: (inner) => ({
      storeIf: (_handle, cookie, item, _cas, operation, _predicate, state) =>
        inner.store(inner, cookie, item, operation, state),
    }),
  },
  'a document is changed where it lies': {
    test: 'an item stays as it is while the core holds it',
    says: /an item that the core holds, after a SET/,
    override: (inner) => ({
      store: (_handle, cookie, item, operation, state) => {
        const info = inner.getItemInfo(inner, cookie, item);
        const old = info && inner.get(inner, cookie, info.key, 0, DocStateFilter.Alive);
        if (info && old?.status === SUCCESS) {
          const oldInfo = inner.getItemInfo(inner, cookie, old.item);
          if (oldInfo?.nbytes === info.nbytes) oldInfo.value.set(info.value);
          inner.release(inner, cookie, old.item);
        }
        return inner.store(inner, cookie, item, operation, state);
      },
    }),
  },
  'release is forgotten': {
    test: 'released items give their memory back',
    says: /allocate number \d+ of 1048576 bytes, each released at once, was refused with ENGINE_ENOMEM/,
    override: () => ({ release: () => {} }),
  },
  "the core's key is kept": {
    test: 'get item info test',
    says: /the key of an item: expected "tide-table", got "~+"/,
    override: (inner) => {
      const keys = new WeakMap<Item, DocKey>();
      return {
        allocate: (_handle, cookie, key, ...rest) => {
          const made = inner.allocate(inner, cookie, key, ...rest);
          if (made.status === SUCCESS) keys.set(made.item, key);
          return made;
        },
        getItemInfo: (_handle, cookie, item) => {
          const info = inner.getItemInfo(inner, cookie, item);
          return info && { ...plainInfo(info), key: keys.get(item) ?? info.key };
        },
      };
    },
  },
  'what preLink says is ignored': {
    test: 'document.preLink can refuse a store',
    says: /document.preLink answers ENGINE_EINVAL: expected ENGINE_EINVAL, got ENGINE_SUCCESS/,
    serverFor: (server) => ({
      ...server,
      document: {
        ...server.document,
        preLink: (cookie, info) => {
          server.document.preLink(cookie, info);
          return SUCCESS;
        },
      },
    }),
  },
  'evictions are not told': {
    test: 'LRU test',
    says: /stat.evicting was not called/,
    serverFor: (server) => ({ ...server, stat: { evicting: () => {} } }),
  },
};
