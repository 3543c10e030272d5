// How a conformance test says that an engine failed, and how values look in that text.
import { EngineErrorCode } from '../engine/error-code.ts';

/** An engine did not do what the contract asks for; the message names the slot and what came of it. */
export class ConformanceFailure extends Error {
  override readonly name = 'ConformanceFailure';
  /** True where an engine kept the core waiting: running the test again would wait again. */
  readonly isHang: boolean;

  constructor(message: string, isHang = false) {
    super(message);
    this.isHang = isHang;
  }
}

const codeNames = new Map<unknown, string>(
  Object.entries(EngineErrorCode).map(([name, code]) => [code, name]),
);

/** An engine code by its name; what is no engine code is shown as it is. */
export function codeName(code: unknown): string {
  return codeNames.get(code) ?? show(code);
}

/** Whether a value is one of the engine codes. */
export function isCode(value: unknown): value is EngineErrorCode {
  return codeNames.has(value);
}

/** @throws ConformanceFailure where the condition does not hold. */
export function demand(condition: boolean, text: string): asserts condition {
  if (!condition) throw new ConformanceFailure(text);
}

/** @throws ConformanceFailure where `actual` is none of the codes that are allowed. */
export function demandCode(
  what: string,
  actual: EngineErrorCode,
  ...allowed: readonly EngineErrorCode[]
): void {
  if (allowed.includes(actual)) return;
  throw new ConformanceFailure(
    `${what}: expected ${allowed.map(codeName).join(' or ')}, got ${codeName(actual)}.`,
  );
}

/** @throws ConformanceFailure where the two differ; bytes are compared by content. */
export function demandEqual(what: string, actual: unknown, expected: unknown): void {
  const same =
    actual instanceof Uint8Array && expected instanceof Uint8Array
      ? Buffer.compare(actual, expected) === 0
      : Object.is(actual, expected);
  if (same) return;
  throw new ConformanceFailure(`${what}: expected ${show(expected)}, got ${show(actual)}.`);
}

const SHOWN_BYTES = 24;

/** A value in a few words. */
export function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (value instanceof Promise) return 'a promise';
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof Uint8Array) return showBytes(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.slice(0, 8).map(show).join(', ')}]`;
  const members = Object.entries(value).slice(0, 8);
  return `{${members.map(([name, member]) => `${name}: ${shallow(member)}`).join(', ')}}`;
}

function shallow(value: unknown): string {
  const isNested = typeof value === 'object' && value !== null && !(value instanceof Uint8Array);
  return isNested ? 'an object' : show(value);
}

function showBytes(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString('latin1');
  const rest = bytes.length > SHOWN_BYTES ? '...' : '';
  return `${bytes.length} bytes ${JSON.stringify(start)}${rest}`;
}

/** An error of the suite or of an engine, as the text of a failed test. */
export function failureReason(error: unknown): string {
  if (error instanceof ConformanceFailure) return error.message;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
