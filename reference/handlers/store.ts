// SET, ADD, REPLACE and their quiet forms.
import type { Command, CommandDefinition, Handler } from '../command.ts';
import {
  EngineErrorCode as Code,
  DocumentState,
  type EngineErrorCode,
  type EngineFailed,
  EngineStoreOperation,
  type Item,
} from '../engine/contract.ts';
import { Datatype } from '../protocol/datatype.ts';
import { isJsonDocument } from '../protocol/json-document.ts';
import { Opcode } from '../protocol/opcode.ts';
import { Status } from '../protocol/status.ts';

function run(command: Command, wanted: EngineStoreOperation): EngineErrorCode | EngineFailed {
  const { cookie, engine, host, request } = command;
  const { hasCas } = request;
  let item = command.progress as Item | undefined;
  if (item === undefined) {
    const made = engine.allocate(
      engine,
      cookie,
      command.key,
      request.valueLength,
      request.u32(0),
      request.u32(4),
      datatypeOf(command),
      request.vbucket,
    );
    if (made.status !== Code.ENGINE_SUCCESS) {
      const isTooLarge = made.status === Code.ENGINE_E2BIG && wanted === EngineStoreOperation.OPERATION_SET;
      return isTooLarge && host.profile.dropsValueBeforeTooLarge ? dropValue(command, made) : made;
    }
    item = made.item;
    command.keep(item);
    request.bytes.copy(command.memoryOf(item, request.valueLength), 0, request.valueAt, request.end);
    if (hasCas) command.settle(engine.itemSetCas(engine, cookie, item, request.cas));
    command.progress = item;
  }
  const operation = hasCas ? EngineStoreOperation.OPERATION_CAS : wanted;
  const stored = engine.store(engine, cookie, item, operation, DocumentState.Alive);
  if (stored.status === Code.ENGINE_EWOULDBLOCK) return stored;
  host.stats.cmdSet += 1;
  if (hasCas) countCas(command, stored.status);
  if (stored.status === Code.ENGINE_SUCCESS) {
    if (!command.session.mutationExtras) return command.succeed(stored.cas);
    return command.succeed(stored.cas, command.infoOf(item));
  }
  if (stored.status !== Code.ENGINE_NOT_STORED) return stored;
  // What the engine calls "not stored" says more on the wire (kv_engine mutation_context.cc).
  if (operation === EngineStoreOperation.OPERATION_ADD) return command.fail(Status.KeyEexists);
  if (operation === EngineStoreOperation.OPERATION_REPLACE) return command.fail(Status.KeyEnoent);
  return stored;
}

/** Removes the document, locked ones apart, and answers why there is no new value. */
function dropValue({ cookie, engine, key, request }: Command, answer: EngineFailed): EngineFailed {
  const removed = engine.remove(engine, cookie, key, 0n, request.vbucket);
  return removed.status === Code.ENGINE_EWOULDBLOCK ? removed : answer;
}

/** What the client says of its value is not believed. */
function datatypeOf({ host, request }: Command): number {
  if (host.profile.ignoresDatatype) return Datatype.Raw;
  return isJsonDocument(request.bytes, request.valueAt, request.end) ? Datatype.Json : Datatype.Raw;
}

function countCas({ host }: Command, code: EngineErrorCode): void {
  if (code === Code.ENGINE_SUCCESS) host.stats.casHits += 1;
  else if (code === Code.ENGINE_KEY_EEXISTS) host.stats.casBadval += 1;
  else if (code === Code.ENGINE_KEY_ENOENT) host.stats.casMisses += 1;
}

const set: Handler = (command) => run(command, EngineStoreOperation.OPERATION_SET);
const add: Handler = (command) => run(command, EngineStoreOperation.OPERATION_ADD);
const replace: Handler = (command) => run(command, EngineStoreOperation.OPERATION_REPLACE);

/** The commands of this file. */
export const storeCommands: readonly CommandDefinition[] = [
  { opcode: Opcode.Set, run: set },
  { opcode: Opcode.Setq, run: set, quiet: 'success' },
  { opcode: Opcode.Add, run: add },
  { opcode: Opcode.Addq, run: add, quiet: 'success' },
  { opcode: Opcode.Replace, run: replace },
  { opcode: Opcode.Replaceq, run: replace, quiet: 'success' },
];
