// An item as a stream carries it: without what its consumer did not ask for.
import { DocumentState } from '../../engine/contract.ts';
import type { DefaultItem } from './default-item.ts';

const Datatype = { Snappy: 2, Xattr: 4 } as const;

/** What a consumer wants of values. */
export interface ValueFilter {
  readonly includeXattrs: boolean;
  readonly noValue: boolean;
}

/** The item itself, or a copy of it with a part of its value. Compressed xattrs stay: nothing here inflates them. */
export function streamItem(item: DefaultItem, filter: ValueFilter): DefaultItem {
  const hasXattrs = (item.datatype & Datatype.Xattr) !== 0;
  const isDeleted = item.documentState === DocumentState.Deleted;
  // A deletion's datatype is RAW or XATTR (docs/BinaryProtocol.md).
  const datatype = isDeleted ? item.datatype & Datatype.Xattr : item.datatype;
  const isWhole = (filter.includeXattrs || !hasXattrs) && (!filter.noValue || item.nbytes === 0);
  if (isWhole || (item.datatype & Datatype.Snappy) !== 0) {
    return datatype === item.datatype ? item : item.copy(item.value, datatype);
  }
  const xattrs = hasXattrs ? xattrsLength(item.value) : 0;
  const start = filter.includeXattrs ? 0 : xattrs;
  const end = filter.noValue ? xattrs : item.nbytes;
  if (start >= end) return item.copy(item.value.subarray(0, 0), 0);
  const kept = filter.includeXattrs ? datatype : datatype & ~Datatype.Xattr;
  return item.copy(item.value.subarray(start, end), filter.noValue ? Datatype.Xattr : kept);
}

/** Xattrs come first: a big endian u32, and as many bytes. */
function xattrsLength(value: Uint8Array): number {
  if (value.length < 4) return value.length;
  const view = new DataView(value.buffer, value.byteOffset, 4);
  return Math.min(value.length, 4 + view.getUint32(0));
}
