// Reads the request with opcode 0xfd that steers the engine. Changes nothing itself.
import {
  EngineErrorCode,
  type EngineFailure,
  HEADER_LENGTH,
  type ProtocolBinaryRequestHeader,
} from '../../engine/contract.ts';
import { casMismatch, type FaultMode, first, nextN, passAll, random, sequence } from './fault-mode.ts';

const { ENGINE_EINVAL, ENGINE_ENOTSUP, ENGINE_EWOULDBLOCK, ENGINE_SUCCESS } = EngineErrorCode;

/** The opcode (`EWOULDBLOCK_CTL`). */
export const EWOULDBLOCK_CTL = 0xfd;

/** Modes by kv_engine's numbers (engines/ewouldblock_engine/ewouldblock_engine.h); 5 and 7 to 12 are not built. */
export const EwbMode = {
  Next_N: 0,
  Random: 1,
  First: 2,
  Sequence: 3,
  CasMismatch: 4,
  IncrementClusterMapRevno: 5,
  No_Notify: 6,
  Suspend: 7,
  Resume: 8,
  BlockMonitorFile: 9,
  SetItemCas: 10,
  CheckLogLevels: 11,
  ThrowException: 12,
} as const;

const EXTRAS_LENGTH = 12;
const PASS = 0xffff_ffff;
const CODES: ReadonlySet<number> = new Set(Object.values(EngineErrorCode));
const MODE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(EwbMode).map(([name, number]) => [number, name]),
);

/** What a request asks for, or why it is refused. */
export type ControlRequest =
  | { readonly mode: FaultMode }
  | { readonly refusal: EngineFailure; readonly reason: string };

/**
 * Decodes a request. Its extras are three u32 BE: the mode, `value`, and the engine code to inject.
 *
 * - Next_N, No_Notify: `value` is the number of calls (No_Notify: at least 1).
 * - Random: `value` is a percentage; `seed` starts the choices.
 * - First: no `value`.
 * - Sequence: the body after the extras (key or value) is a u32 BE engine code for each call; 0xffffffff and
 *   ENGINE_SUCCESS pass. Without a body the bits of `value` are 32 calls, the lowest first: 1 injects, 0 passes.
 * - CasMismatch: `value` is the number of stores; they get ENGINE_KEY_EEXISTS.
 *
 * The code ENGINE_SUCCESS injects nothing (No_Notify: ENGINE_EWOULDBLOCK).
 */
export function readControlRequest(
  { request, bytes }: ProtocolBinaryRequestHeader,
  seed: number,
): ControlRequest {
  const view = new DataView(bytes.buffer, bytes.byteOffset + HEADER_LENGTH, bytes.length - HEADER_LENGTH);
  if (request.extlen !== EXTRAS_LENGTH || view.byteLength < EXTRAS_LENGTH) {
    return invalid(`the extras are not ${EXTRAS_LENGTH} bytes`);
  }
  const mode = view.getUint32(0);
  const value = view.getUint32(4);
  const error = readCode(view.getUint32(8));
  if (error === 'unknown') return invalid(`${view.getUint32(8)} is no engine code`);
  switch (mode) {
    case EwbMode.Next_N:
      return { mode: error === undefined ? passAll : nextN(error, value) };
    case EwbMode.Random:
      if (value > 100) return invalid(`${value} percent is more than all`);
      return { mode: error === undefined ? passAll : random(error, value, seed) };
    case EwbMode.First:
      return { mode: error === undefined ? passAll : first(error) };
    case EwbMode.Sequence:
      return view.byteLength > EXTRAS_LENGTH ? readSequence(view) : { mode: sequence(bits(value, error)) };
    case EwbMode.CasMismatch:
      return { mode: casMismatch(value) };
    case EwbMode.No_Notify:
      return { mode: nextN(error ?? ENGINE_EWOULDBLOCK, Math.max(value, 1), false) };
    default:
      return unsupported(mode);
  }
}

function readSequence(view: DataView): ControlRequest {
  if (view.byteLength % 4 !== 0) return invalid('a sequence has 4 bytes for each call');
  const entries: (EngineFailure | undefined)[] = [];
  for (let at = EXTRAS_LENGTH; at < view.byteLength; at += 4) {
    const entry = readCode(view.getUint32(at));
    if (entry === 'unknown') return invalid(`${view.getUint32(at)} is no engine code`);
    entries.push(entry);
  }
  return { mode: sequence(entries) };
}

function bits(value: number, error: EngineFailure | undefined): (EngineFailure | undefined)[] {
  return Array.from({ length: 32 }, (_, bit) => ((value >>> bit) & 1 ? error : undefined));
}

/** Undefined for a code that lets the call pass. */
function readCode(number: number): EngineFailure | undefined | 'unknown' {
  if (number === PASS || number === ENGINE_SUCCESS) return undefined;
  return CODES.has(number) ? (number as EngineFailure) : 'unknown';
}

function invalid(reason: string): ControlRequest {
  return { refusal: ENGINE_EINVAL, reason: `ewouldblock: ${reason}` };
}

function unsupported(mode: number): ControlRequest {
  const name = MODE_NAMES.get(mode);
  if (name === undefined) return invalid(`there is no mode ${mode}`);
  return { refusal: ENGINE_ENOTSUP, reason: `ewouldblock: the mode ${name} is not built` };
}
