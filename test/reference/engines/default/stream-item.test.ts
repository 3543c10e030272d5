// What of a value goes over a stream.
import { describe, expect, test } from 'vitest';
import { DocumentState } from '../../../../reference/engine/contract.ts';
import { DefaultItem } from '../../../../reference/engines/default/default-item.ts';
import { StoredKey } from '../../../../reference/engines/default/stored-key.ts';
import { streamItem } from '../../../../reference/engines/default/stream-item.ts';

const BODY = '{}';
const XATTRS = '\0\0\0\x05_sync';

function item(text: string, datatype: number, isDeleted: boolean): DefaultItem {
  const made = new DefaultItem(new StoredKey('doc', 0), Buffer.from(text, 'latin1'), 0, 0, datatype);
  if (isDeleted) made.documentState = DocumentState.Deleted;
  return made;
}

const all = { includeXattrs: true, noValue: false };
const body = { includeXattrs: false, noValue: false };
const xattrs = { includeXattrs: true, noValue: true };
const keys = { includeXattrs: false, noValue: true };

describe('streamItem', () => {
  test.each([
    ['a document', BODY, 1, false, all, BODY, 1],
    ['a document', BODY, 1, false, body, BODY, 1],
    ['a document', BODY, 1, false, xattrs, '', 0],
    ['a document', BODY, 1, false, keys, '', 0],
    ['an empty document', '', 0, false, keys, '', 0],
    ['a document with xattrs', XATTRS + BODY, 5, false, all, XATTRS + BODY, 5],
    ['a document with xattrs', XATTRS + BODY, 5, false, body, BODY, 1],
    ['a document with xattrs', XATTRS + BODY, 5, false, xattrs, XATTRS, 4],
    ['a document with xattrs', XATTRS + BODY, 5, false, keys, '', 0],
    ['xattrs alone', XATTRS, 4, false, body, '', 0],
    ['xattrs that are compressed', 'zip', 6, false, keys, 'zip', 6],
    ['xattrs that are cut', '\0\0\0\x09_s', 4, false, body, '', 0],
    ['xattrs that are hardly there', '\0\0', 4, false, body, '', 0],
    ['a tombstone', '', 0, true, all, '', 0],
    ['a tombstone with a body', BODY, 1, true, all, '', 0],
    ['a tombstone with xattrs', XATTRS, 4, true, all, XATTRS, 4],
    ['a tombstone with xattrs', XATTRS, 4, true, body, '', 0],
    ['a tombstone with both', XATTRS + BODY, 5, true, all, XATTRS + BODY, 4],
    ['a tombstone with both', XATTRS + BODY, 5, true, xattrs, XATTRS, 4],
  ])('%s (%j, datatype %i, deleted %s) for %o', (_name, text, datatype, isDeleted, filter, value, kept) => {
    const given = item(text, datatype, isDeleted);
    const sent = streamItem(given, filter);
    expect(Buffer.from(sent.value).toString('latin1')).toBe(value);
    expect(sent).toMatchObject({ datatype: kept, nbytes: value.length, documentState: given.documentState });
    // Nothing is copied that can be sent as it is, and no memory is.
    if (value === text && kept === datatype) expect(sent).toBe(given);
    expect(sent.value.buffer).toBe(given.value.buffer);
    expect(Buffer.from(given.value).toString('latin1')).toBe(text);
  });
});
