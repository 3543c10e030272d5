// What each slot may answer. Looks at the shape of a result only, never at whether the answer is right.
import { DocumentState } from '../engine/contract.ts';
import { EngineErrorCode } from '../engine/error-code.ts';
import { isCode, show } from './failure.ts';

/** What is wrong with a slot's result; undefined where nothing is. */
export type Shape = (result: unknown) => string | undefined;

const MAX_U64 = 0xffff_ffff_ffff_ffffn;
const { ENGINE_ROLLBACK, ENGINE_SUCCESS } = EngineErrorCode;

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null;

/** Whether a value is a u64. */
export const isU64 = (value: unknown): boolean =>
  typeof value === 'bigint' && value >= 0n && value <= MAX_U64;

/** Whether a value is a u32. */
export const isU32 = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;

/** One of the engine codes. */
export const codeShape: Shape = (result) => (isCode(result) ? undefined : 'it is no engine code');

/** Nothing at all. */
export const nothingShape: Shape = (result) =>
  result === undefined ? undefined : 'nothing is expected of this slot';

/** True or false. */
export const booleanShape: Shape = (result) =>
  typeof result === 'boolean' ? undefined : 'true or false is expected';

/** A result object whose `status` is a code, and whose other members are right where that is ENGINE_SUCCESS. */
function statusWith(onSuccess: (result: Members) => string | undefined): Shape {
  return (result) => {
    if (!isObject(result)) return 'an object with a status is expected';
    const { status } = result;
    if (!isCode(status)) return `its status ${show(status)} is no engine code`;
    return status === ENGINE_SUCCESS ? onSuccess(result) : undefined;
  };
}

const itemProblem = ({ item }: Members): string | undefined =>
  isObject(item) || typeof item === 'function' ? undefined : 'ENGINE_SUCCESS without an item';

const casProblem = ({ cas }: Members): string | undefined =>
  isU64(cas) && cas !== 0n ? undefined : 'its cas is no u64 above 0';

/** What `getItemInfo` tells. */
export const itemInfoShape: Shape = (info) => {
  if (!isObject(info)) return 'an item info is expected';
  for (const name of ['cas', 'vbucketUuid', 'seqno']) {
    if (!isU64(info[name])) return `its ${name} ${show(info[name])} is no u64`;
  }
  for (const name of ['exptime', 'nbytes', 'flags', 'datatype']) {
    if (!isU32(info[name])) return `its ${name} ${show(info[name])} is no u32`;
  }
  const { documentState, key, value, nbytes, casIsHlc } = info;
  if (documentState !== DocumentState.Alive && documentState !== DocumentState.Deleted) {
    return `its documentState is ${show(documentState)}`;
  }
  if (!(value instanceof Uint8Array)) return `its value is ${show(value)}, no Uint8Array`;
  if (value.length !== nbytes) return `its value has ${value.length} bytes, its nbytes is ${show(nbytes)}`;
  if (typeof casIsHlc !== 'boolean') return `its casIsHlc is ${show(casIsHlc)}`;
  return isObject(key) && typeof key['text'] === 'string' && isObject(key['data'])
    ? undefined
    : 'its key is no DocKey';
};

/** An item or a failure. */
export const itemPairShape: Shape = statusWith(itemProblem);

/** An item with its info, or a failure. */
export const itemInfoPairShape: Shape = statusWith(
  (result) => itemProblem(result) ?? itemInfoShape(result['info']),
);

/** An info or a failure. */
export const metadataPairShape: Shape = statusWith(({ info }) => itemInfoShape(info));

/** A cas or a failure. */
export const casPairShape: Shape = statusWith(casProblem);

/** A tombstone's cas and mutation, or a failure. */
export const removeShape: Shape = statusWith((result) => {
  const { mutation } = result;
  const isMutation = isObject(mutation) && isU64(mutation['vbucketUuid']) && isU64(mutation['seqno']);
  return casProblem(result) ?? (isMutation ? undefined : 'its mutation has no u64 vbucketUuid and seqno');
});

/** A stream that starts, a seqno to go back to, or a failure. */
export const streamReqShape: Shape = (result) => {
  const problem = statusWith(() => undefined)(result);
  if (problem !== undefined || !isObject(result) || result['status'] !== ENGINE_ROLLBACK) return problem;
  return isU64(result['rollbackSeqno']) ? undefined : 'ENGINE_ROLLBACK without a u64 rollbackSeqno';
};

/** An engine in words. */
export const engineInfoShape: Shape = (info) => {
  if (!isObject(info)) return 'an engine info is expected';
  if (typeof info['description'] !== 'string') return 'its description is no string';
  return Array.isArray(info['features']) ? undefined : 'its features are no array';
};

/** The code in a result: the result itself, or its status. */
export function statusOf(result: unknown): unknown {
  return isObject(result) ? result['status'] : result;
}
