// SELECT_BUCKET and LIST_BUCKETS.
import type { CommandDefinition, Handler } from '../command.ts';
import { EngineErrorCode as Code } from '../engine/contract.ts';
import { Datatype } from '../protocol/datatype.ts';
import { Opcode } from '../protocol/opcode.ts';

const select: Handler = (command) => {
  const { host, session } = command;
  // What replicates one bucket cannot go on with another.
  if (session.dcp !== 'none') return Code.ENGINE_ENOTSUP;
  const bucket = host.bucket(command.request.key().toString());
  if (bucket === undefined) return Code.ENGINE_KEY_ENOENT;
  command.selectBucket(bucket);
  const { engine } = bucket;
  const isAsked = (session.datatypes & Datatype.Xattr) !== 0;
  session.xattr = isAsked && command.settle(engine.isXattrEnabled(engine)) === true;
  return command.succeed();
};

const list: Handler = (command) =>
  command.respond({ value: Buffer.from(command.host.bucketNames().join(' ')) });

/** The commands of this file. */
export const bucketCommands: readonly CommandDefinition[] = [
  { opcode: Opcode.SelectBucket, run: select },
  { opcode: Opcode.ListBuckets, run: list },
];
