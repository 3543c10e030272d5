// Extended attributes at the head of a value: u32 BE length of all pairs, then per pair u32 BE length, key, \0, JSON, \0.
// Checks and measures them; changes nothing. (docs/Document.md, xattr/utils.cc at 0dbb0e534.)
import { readU32 } from './header.ts';
import { isJsonDocument } from './json-document.ts';

// Shorter than this, up to the first '.' or '[' (SUBDOC_MAX_XATTR_LENGTH).
const KEY_LIMIT = 16;

// Length, a key of one byte, an empty value and the two zeros.
const SMALLEST_PAIR = 7;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Whether `bytes[start..end)` starts with well-formed xattrs: lengths that add up, keys that are valid, distinct and
 * terminated, values that are JSON. What follows them, the document, is not looked at.
 */
export function isValidXattrBlob(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < 4) return false;
  const pairsEnd = start + 4 + readU32(bytes, start);
  if (pairsEnd > end) return false;
  const seen = new Set<string>();
  let at = start + 4;
  while (at < pairsEnd) {
    if (at + SMALLEST_PAIR > pairsEnd) return false;
    const pairEnd = at + 4 + readU32(bytes, at);
    if (pairEnd > pairsEnd) return false;
    const keyEnd = bytes.indexOf(0, at + 4);
    const valueEnd = bytes.indexOf(0, keyEnd + 1);
    if (keyEnd === -1 || valueEnd !== pairEnd - 1) return false;
    const key = text(bytes.subarray(at + 4, keyEnd));
    if (key === undefined || seen.has(key) || !isValidKey(key, bytes, at + 4, keyEnd)) return false;
    if (!isJsonDocument(bytes, keyEnd + 1, valueEnd)) return false;
    seen.add(key);
    at = pairEnd;
  }
  return true;
}

/**
 * How many bytes of a value are system xattrs (key starts with `_`), their share of the lengths included; for a value
 * whose xattrs are valid. 4 where there are user xattrs only: the length in front counts as the system's.
 */
export function systemXattrSize(value: Uint8Array): number {
  if (value.length < 4) return 0;
  const end = Math.min(4 + readU32(value, 0), value.length);
  let size = 4;
  let at = 4;
  while (at + 4 < end) {
    const pair = 4 + readU32(value, at);
    if (value[at + 4] === UNDERSCORE) size += Math.min(pair, end - at);
    at += pair;
  }
  return size;
}

/** How many bytes of a value come before the document itself; 0 where the length in front cannot be true. */
export function xattrLength(value: Uint8Array): number {
  if (value.length < 4) return 0;
  const length = 4 + readU32(value, 0);
  return length > value.length ? 0 : length;
}

const UNDERSCORE = 0x5f;
const DOLLAR = 0x24;

function isValidKey(key: string, bytes: Uint8Array, at: number, end: number): boolean {
  const first = bytes[at] as number;
  const isSystem = first === UNDERSCORE || first === DOLLAR;
  if (!isSystem && /^[\p{Cc}!-/:-@[-`{-~]/u.test(key)) return false;
  let stem = at;
  while (stem < end && bytes[stem] !== 0x2e && bytes[stem] !== 0x5b) stem++;
  const length = stem - at;
  return length > (isSystem ? 1 : 0) && length < KEY_LIMIT;
}

function text(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
