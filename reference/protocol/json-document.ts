// Whether a value is JSON: servers look for themselves, whatever the client says (kv_engine mutation_context.cc).
import { isUtf8 } from 'node:buffer';

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** What a JSON text may end with, by what it begins with: most values that are none are known by these two. */
const ENDS: ReadonlyMap<string, string> = new Map([
  ['{', '}'],
  ['[', ']'],
  ['"', '"'],
  ['t', 'e'],
  ['f', 'e'],
  ['n', 'l'],
  ...[...'-0123456789'].map((first) => [first, '0123456789'] as const),
]);

const endsByFirst: readonly (string | undefined)[] = Array.from({ length: 256 }, (_, byte) =>
  ENDS.get(String.fromCharCode(byte)),
);

/** Whether `bytes[start..end)` is one JSON text in UTF-8, of any type, white space around it or not. */
export function isJsonDocument(bytes: Buffer, start: number, end: number): boolean {
  let first = start;
  let last = end - 1;
  while (first <= last && isSpace(bytes[first])) first += 1;
  while (last >= first && isSpace(bytes[last])) last -= 1;
  if (first > last) return false;
  const ends = endsByFirst[bytes[first] as number];
  if (ends === undefined || !ends.includes(String.fromCharCode(bytes[last] as number))) return false;
  const text = bytes.subarray(first, last + 1);
  if (!isUtf8(text)) return false;
  try {
    JSON.parse(text.toString());
    return true;
  } catch {
    return false;
  }
}
