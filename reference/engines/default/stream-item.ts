// An item as a stream carries it: without what its consumer did not ask for.
import { DocumentState } from '../../engine/contract.ts';
import type { DefaultItem } from './default-item.ts';

const Datatype = { Snappy: 2, Xattr: 4 } as const;

/** What a consumer wants of values. */
export interface ValueFilter {
  readonly includeXattrs: boolean;
  readonly noValue: boolean;
}

/**
 * The item itself, or a copy of it with a part of its value. Compressed xattrs stay: nothing here inflates them.
 * A deletion carries xattrs and nothing else; its datatype is RAW or XATTR (docs/BinaryProtocol.md).
 */
export function streamItem(item: DefaultItem, filter: ValueFilter): DefaultItem {
  const { datatype, nbytes, value } = item;
  const hasXattrs = (datatype & Datatype.Xattr) !== 0;
  const isDeleted = item.documentState === DocumentState.Deleted;
  if (isDeleted && !hasXattrs)
    return nbytes === 0 && datatype === 0 ? item : item.copy(value.subarray(0, 0), 0);
  if ((datatype & Datatype.Snappy) !== 0) return item;
  const wantsXattrs = hasXattrs && filter.includeXattrs;
  const wantsBody = !filter.noValue;
  if (wantsBody && wantsXattrs === hasXattrs && (!isDeleted || datatype === Datatype.Xattr)) return item;
  const end = hasXattrs ? xattrsLength(value) : 0;
  const start = wantsXattrs ? 0 : end;
  const kept = value.subarray(start, wantsBody ? nbytes : end);
  if (kept.length === 0) return nbytes === 0 ? item : item.copy(kept, 0);
  const body = wantsBody && !isDeleted ? datatype & ~Datatype.Xattr : 0;
  return item.copy(kept, wantsXattrs ? body | Datatype.Xattr : body);
}

/** Xattrs come first: a big endian u32, and as many bytes. */
function xattrsLength(value: Uint8Array): number {
  if (value.length < 4) return value.length;
  const view = new DataView(value.buffer, value.byteOffset, 4);
  return Math.min(value.length, 4 + view.getUint32(0));
}
