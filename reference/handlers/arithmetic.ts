// INCR, DECR and their quiet forms: numbers kept as decimal text.
import type { Command, CommandDefinition, Handler } from '../command.ts';
import { type Change, rewriteDocument, rewriteOf } from '../document-rewrite.ts';
import {
  EngineErrorCode as Code,
  DocumentState,
  type EngineErrorCasPair,
  type EngineErrorCode,
  type EngineFailed,
  EngineStoreOperation,
} from '../engine/contract.ts';
import { addToCounter, readCounter, takeFromCounter } from '../protocol/counter.ts';
import { writeU64 } from '../protocol/header.ts';
import { Opcode } from '../protocol/opcode.ts';

/** The expiry that says: do not create a counter. */
const DO_NOT_CREATE = 0xffff_ffff;

const SPACE = 0x20;

function changeBy(operation: (counter: bigint, delta: bigint) => bigint): Change {
  return (body, { host, request }, rewrite) => {
    const counter = readCounter(body);
    if (counter === undefined) return Code.ENGINE_DELTA_BADVAL;
    rewrite.result = operation(counter, request.u64(0));
    const digits = Buffer.from(rewrite.result.toString());
    if (!host.profile.padsCounters || digits.length >= body.length) return [digits];
    return [digits, Buffer.alloc(body.length - digits.length, SPACE)];
  };
}

const increase: Change = changeBy(addToCounter);
const decrease: Change = changeBy(takeFromCounter);

function run(command: Command, change: Change): EngineErrorCode | EngineFailed {
  const { host, request } = command;
  const { stats } = host;
  const isIncrement = change === increase;
  const rewrite = rewriteOf(command);
  for (;;) {
    // A counter that is being created is not looked for again.
    if (!rewrite.isMissing) {
      const stored = rewriteDocument(command, change);
      if (stored.status === Code.ENGINE_SUCCESS) {
        if (isIncrement) stats.incrHits += 1;
        else stats.decrHits += 1;
        return answer(command, rewrite.result, stored.cas);
      }
      if (stored.status !== Code.ENGINE_KEY_ENOENT) return stored;
      if (request.u32(16) === DO_NOT_CREATE) {
        if (isIncrement) stats.incrMisses += 1;
        else stats.decrMisses += 1;
        return stored;
      }
    }
    const stored = create(command);
    if (stored.status === Code.ENGINE_SUCCESS) return answer(command, request.u64(8), stored.cas);
    // Somebody else has created it: it is there to be changed.
    const wasBeaten = stored.status === Code.ENGINE_NOT_STORED || stored.status === Code.ENGINE_KEY_EEXISTS;
    if (!wasBeaten) return stored;
    if (!rewrite.again()) return Code.ENGINE_TMPFAIL;
  }
}

/** Stores the initial value, unless a document is there. */
function create(command: Command): EngineErrorCasPair {
  const { cookie, engine, key, request } = command;
  const rewrite = rewriteOf(command);
  if (rewrite.item === undefined) {
    const digits = Buffer.from(request.u64(8).toString());
    const exptime = request.u32(16);
    const made = engine.allocate(engine, cookie, key, digits.length, 0, exptime, 0, request.vbucket);
    if (made.status !== Code.ENGINE_SUCCESS) return made;
    command.keep(made.item);
    command.memoryOf(made.item, digits.length).set(digits);
    rewrite.item = made.item;
  }
  return engine.store(engine, cookie, rewrite.item, EngineStoreOperation.OPERATION_ADD, DocumentState.Alive);
}

/** The counter's value as u64, unless the command is quiet. */
function answer(command: Command, counter: bigint, cas: bigint): EngineErrorCode {
  const { opcode } = command.request;
  if (opcode === Opcode.Incrementq || opcode === Opcode.Decrementq) return Code.ENGINE_SUCCESS;
  const value = Buffer.alloc(8);
  writeU64(value, 0, counter);
  const { item } = rewriteOf(command);
  if (!command.session.mutationExtras || item === undefined) return command.respond({ value, cas });
  const { seqno, vbucketUuid } = command.infoOf(item);
  const extras = Buffer.alloc(16);
  writeU64(extras, 0, vbucketUuid);
  writeU64(extras, 8, seqno);
  return command.respond({ extras, value, cas });
}

const increment: Handler = (command) => run(command, increase);
const decrement: Handler = (command) => run(command, decrease);

/** The commands of this file. */
export const arithmeticCommands: readonly CommandDefinition[] = [
  { opcode: Opcode.Increment, run: increment },
  { opcode: Opcode.Incrementq, run: increment, quiet: 'success' },
  { opcode: Opcode.Decrement, run: decrement },
  { opcode: Opcode.Decrementq, run: decrement, quiet: 'success' },
];
