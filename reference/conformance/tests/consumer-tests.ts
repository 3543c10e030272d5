// An engine that consumes DCP: what a stream brings is there afterwards, though the core's memory is not.
import { DocStateFilter, EngineErrorCode, VbucketState } from '../../engine/contract.ts';
import { Opcode } from '../../protocol/opcode.ts';
import { Status } from '../../protocol/status.ts';
import type { TestContext, TestDefinition } from '../conformance-test.ts';
import { DcpConnection, OpenFlag } from '../dcp/dcp-connection.ts';
import { failoverLogBody } from '../dcp/response-packet.ts';
import { bytesOf, expectMissing, expectValue, see } from '../documents.ts';
import { demand, demandCode, demandEqual } from '../failure.ts';
import type { Harness } from '../harness.ts';
import { LentKey } from '../lent-key.ts';

const { ENGINE_ENOTSUP, ENGINE_NOT_MY_VBUCKET, ENGINE_SUCCESS } = EngineErrorCode;
const ASKED_BY = 0x0a;
const CAS = 0x7edc_ba98_7654_3210n;

/** An open consumer with a stream that was accepted, and the opaque of its messages; or why there is none. */
async function openConsumer(
  context: TestContext,
  harness: Harness,
): Promise<{ connection: DcpConnection; opaque: number } | string> {
  const { dcp } = harness.engine;
  for (const slot of ['open', 'addStream', 'step', 'mutation', 'snapshotMarker'] as const) {
    if (dcp?.[slot] === undefined) return `The engine is no DCP consumer: it has no dcp.${slot}.`;
  }
  const connection = new DcpConnection(harness, { engineName: context.engineName, releasesAtOnce: true });
  const code = await connection.open(OpenFlag.Consumer);
  if (code === ENGINE_ENOTSUP) return 'The engine is no DCP consumer: dcp.open answered ENGINE_ENOTSUP.';
  demandCode('dcp.open of a consumer', code, ENGINE_SUCCESS);
  // A replica takes streams; where the engine does not keep states there is nothing to tell.
  await setState(harness, connection, VbucketState.Replica);
  const asked = await connection.addStream(ASKED_BY);
  if (asked === ENGINE_ENOTSUP)
    return 'The engine is no DCP consumer: dcp.addStream answered ENGINE_ENOTSUP.';
  demandCode('dcp.addStream', asked, ENGINE_SUCCESS);
  await connection.drain();
  const request = connection.messages.find(
    (message) => message.kind === 'other' && message.name === 'streamReq',
  );
  demand(request !== undefined, 'dcp.addStream was not followed by the producer streamReq.');
  const { opaque } = request;
  const taken = await connection.respond({
    opcode: Opcode.DcpStreamReq,
    opaque,
    body: failoverLogBody([0x1234_5678_9abc_def0n, 0n]),
  });
  demandCode('dcp.responseHandler, for a stream that was accepted', taken, ENGINE_SUCCESS);
  await connection.drain();
  const answer = connection.messages.find(
    (message) => message.kind === 'other' && message.name === 'addStreamRsp',
  );
  demand(
    answer?.kind === 'other',
    'a stream that was accepted was not followed by the producer addStreamRsp.',
  );
  demandEqual('the opaque that addStreamRsp answers', answer.opaque, ASKED_BY);
  demandEqual('the opaque that addStreamRsp gives', answer.parameters[0], opaque);
  demandEqual('the status that addStreamRsp gives', answer.parameters[1], Status.Success);
  return { connection, opaque };
}

async function setState(harness: Harness, connection: DcpConnection, state: VbucketState): Promise<void> {
  const { engine } = harness;
  await connection.call('dcp.setVbucketState', () =>
    engine.dcp?.setVbucketState?.(engine, connection.cookie, 0, 0, state),
  );
}

/** Hands a mutation over in memory that is somebody else's afterwards. */
async function mutate(
  harness: Harness,
  { connection, opaque }: { connection: DcpConnection; opaque: number },
  keyText: string,
  valueText: string,
  seqno: bigint,
): Promise<void> {
  const { engine } = harness;
  const [key, value, none] = [new LentKey(keyText), bytesOf(valueText), new Uint8Array(0)];
  const code = await connection.call('dcp.mutation', () =>
    engine.dcp?.mutation?.(
      engine,
      connection.cookie,
      opaque,
      key,
      value,
      0,
      0,
      CAS + seqno,
      0,
      0xffff_fffe,
      seqno,
      1n,
      0,
      0,
      none,
      0,
    ),
  );
  demandCode(`dcp.mutation of seqno ${seqno}`, code, ENGINE_SUCCESS);
  key.takeBack();
  value.fill(0x7e);
}

async function applies(context: TestContext): Promise<string | undefined> {
  const harness = await context.start();
  const consumer = await openConsumer(context, harness);
  if (typeof consumer === 'string') return consumer;
  const { connection, opaque } = consumer;
  const { engine } = harness;
  const marked = await connection.call('dcp.snapshotMarker', () =>
    engine.dcp?.snapshotMarker?.(engine, connection.cookie, opaque, 0, 1n, 4n, 1),
  );
  demandCode('dcp.snapshotMarker', marked, ENGINE_SUCCESS);
  await mutate(harness, consumer, 'letter', 'posted', 1n);
  await mutate(harness, consumer, 'card', 'posted too', 2n);
  await mutate(harness, consumer, 'letter', 'delivered', 3n);
  const [key, none] = [new LentKey('card'), new Uint8Array(0)];
  const deleted = await connection.call('dcp.deletion', () =>
    engine.dcp?.deletion?.(engine, connection.cookie, opaque, key, none, 0, 0, CAS + 4n, 0, 4n, 2n, none),
  );
  demandCode('dcp.deletion', deleted, ENGINE_SUCCESS, ENGINE_ENOTSUP);
  await connection.drain();

  // A replica that does not serve documents becomes active, as in a takeover.
  if ((await see(harness, 'letter')) === ENGINE_NOT_MY_VBUCKET) {
    await setState(harness, connection, VbucketState.Active);
  }
  const letter = await expectValue(harness, 'letter', 'delivered');
  demandEqual('the cas of a document that a stream brought', letter.cas, CAS + 3n);
  demandEqual('the flags of a document that a stream brought', letter.flags, 0xffff_fffe);
  if (letter.seqno !== 0n) demandEqual('its seqno', letter.seqno, 3n);
  if (deleted === ENGINE_SUCCESS) {
    await expectMissing(harness, 'card', 'that a stream removed');
    const tombstone = await see(harness, 'card', DocStateFilter.Deleted);
    if (typeof tombstone === 'object') demandEqual('the cas of the tombstone', tombstone.cas, CAS + 4n);
  }
  const cas = await harness.remove('letter');
  demandCode('remove of a document that a stream brought', cas.status, ENGINE_SUCCESS);
  return undefined;
}

/** Needs `dcp.open`, `dcp.addStream`, `dcp.step`, `dcp.snapshotMarker` and `dcp.mutation`. */
export const consumerTests: readonly TestDefinition[] = [
  { name: 'DCP consumer: what a stream brought is there', group: 'send-path', body: applies },
];
