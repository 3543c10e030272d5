// The commands that set, tell and delete a vbucket's state (docs/BinaryProtocol.md, 0x3d to 0x3f).
import {
  type AddResponse,
  type Cookie,
  EngineErrorCode,
  HEADER_LENGTH,
  type ProtocolBinaryRequestHeader,
  VbucketState,
} from '../../engine/contract.ts';
import type { Documents } from './documents.ts';

const Opcode = { SetVbucket: 0x3d, GetVbucket: 0x3e, DelVbucket: 0x3f } as const;

const NOTHING = new Uint8Array(0);

/** Runs one of the three and responds; ENGINE_ENOTSUP for any other opcode. */
export function runVbucketCommand(
  documents: Documents,
  cookie: Cookie,
  request: ProtocolBinaryRequestHeader,
  response: AddResponse,
): EngineErrorCode {
  const { opcode, vbucket: id } = request.request;
  if (opcode !== Opcode.SetVbucket && opcode !== Opcode.GetVbucket && opcode !== Opcode.DelVbucket) {
    return EngineErrorCode.ENGINE_ENOTSUP;
  }
  const vbucket = documents.table.vbuckets[id];
  if (vbucket === undefined) return EngineErrorCode.ENGINE_NOT_MY_VBUCKET;
  let value: Uint8Array = NOTHING;
  if (opcode === Opcode.SetVbucket) {
    const state = requestedState(request);
    if (state === undefined) return EngineErrorCode.ENGINE_EINVAL;
    vbucket.setState(state);
  } else if (opcode === Opcode.GetVbucket) {
    value = new Uint8Array([0, 0, 0, vbucket.state]);
  } else {
    vbucket.setState(VbucketState.Dead);
    documents.reset(vbucket);
    vbucket.failoverLog.begin(0n);
  }
  const isSent = response(NOTHING, NOTHING, value, 0, 0, 0n, cookie);
  return isSent ? EngineErrorCode.ENGINE_SUCCESS : EngineErrorCode.ENGINE_FAILED;
}

/** A big endian number of one or four bytes, in the extras or, without extras, in the value. */
function requestedState({ request, bytes }: ProtocolBinaryRequestHeader): VbucketState | undefined {
  const start = HEADER_LENGTH + (request.extlen === 0 ? request.keylen : 0);
  const length = request.extlen === 0 ? request.bodylen - request.keylen : request.extlen;
  if (length !== 1 && length !== 4) return undefined;
  let number = 0;
  for (let index = start; index < start + length; index += 1) number = number * 256 + (bytes[index] ?? 0);
  return isState(number) ? number : undefined;
}

function isState(number: number): number is VbucketState {
  return number >= VbucketState.Active && number <= VbucketState.Dead;
}
