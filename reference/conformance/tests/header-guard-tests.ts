// Responses of DCP peers, good and bad, through a header that refuses every write at any depth.
import { EngineErrorCode } from '../../engine/contract.ts';
import { Opcode } from '../../protocol/opcode.ts';
import { Status } from '../../protocol/status.ts';
import { Random } from '../../random.ts';
import type { TestContext, TestDefinition } from '../conformance-test.ts';
import { DcpConnection, OpenFlag } from '../dcp/dcp-connection.ts';
import { failoverLogBody, type ResponseSpec, rollbackBody } from '../dcp/response-packet.ts';
import { expectValue, mustPut } from '../documents.ts';
import { demandCode } from '../failure.ts';
import type { Harness } from '../harness.ts';

const { ENGINE_DISCONNECT, ENGINE_ENOTSUP, ENGINE_SUCCESS } = EngineErrorCode;
const OPAQUE = 0xfeed_0002;

/** What `dcp.responseHandler` may be handed: every DCP opcode, and NOOP. */
const opcodes: readonly number[] = [
  Opcode.Noop,
  ...Array.from({ length: 0x10 }, (_, i) => Opcode.DcpOpen + i),
];

/** Statuses without the sub-document ones, and one that nobody named. */
const statuses: readonly number[] = [
  ...Object.values(Status).filter((status) => status < Status.SubdocPathEnoent),
  0xff17,
];

const bodies: readonly Partial<ResponseSpec>[] = [
  {},
  { body: failoverLogBody([0x1234_5678_9abc_def0n, 17n]) },
  { body: failoverLogBody([2n, 9n], [1n, 0n]) },
  { body: rollbackBody(3n) },
];

/** Bodies that are shorter than they should be, or than the header says. */
const truncated: readonly Partial<ResponseSpec>[] = [
  { body: failoverLogBody([1n, 0n]).slice(0, 15) },
  { body: failoverLogBody([1n, 0n]).slice(0, 8), bodylen: 16 },
  { body: rollbackBody(3n).slice(0, 7) },
  { bodylen: 0xffff_ffff },
  { bodylen: 16 },
  { keylen: 250, extlen: 255 },
];

/** A connection in one of the three states that a response may find it in; ENGINE_DISCONNECT ends it. */
type Opener = (harness: Harness, engineName: string) => Promise<DcpConnection>;

const asProducer: Opener = async (harness, engineName) => {
  const connection = new DcpConnection(harness, { engineName, releasesAtOnce: true });
  if ((await connection.open(OpenFlag.Producer)) !== ENGINE_SUCCESS) return connection;
  const started = await connection.streamReq({ opaque: OPAQUE });
  if (started.status !== ENGINE_SUCCESS) return connection;
  for (let i = 0; i < 3; i++) connection.step();
  return connection;
};

const asConsumer: Opener = async (harness, engineName) => {
  const connection = new DcpConnection(harness, { engineName, releasesAtOnce: true });
  if ((await connection.open(OpenFlag.Consumer)) !== ENGINE_SUCCESS) return connection;
  if ((await connection.addStream(1)) !== ENGINE_SUCCESS) return connection;
  if (harness.engine.dcp?.step !== undefined) connection.step();
  return connection;
};

const neverOpened: Opener = async (harness, engineName) =>
  new DcpConnection(harness, { engineName, releasesAtOnce: true });

const openers: readonly Opener[] = [asProducer, asConsumer, neverOpened];

/** Why a test cannot look; undefined where it can. */
function missing(context: TestContext, harness: Harness): string | undefined {
  if (context.contract === 'v1') return 'The header of the old contract is mutable.';
  const isThere = harness.engine.dcp?.responseHandler !== undefined;
  return isThere ? undefined : 'The engine has no dcp.responseHandler.';
}

/** Feeds responses to connections of one kind; a connection that the engine ends is replaced. */
async function feed(
  context: TestContext,
  harness: Harness,
  opener: Opener,
  responses: readonly ResponseSpec[],
): Promise<void> {
  let connection = await opener(harness, context.engineName);
  for (const response of responses) {
    const code = await connection.respond({
      ...response,
      opaque: response.opaque ?? streamOpaque(connection),
    });
    harness.core.violations.check();
    if (code !== ENGINE_DISCONNECT) continue;
    connection.close();
    connection = await opener(harness, context.engineName);
  }
  connection.close();
}

/** The opaque that the engine itself chose, or the one of the stream that it was asked for. */
function streamOpaque(connection: DcpConnection): number {
  const request = connection.messages.find(
    (message) => message.kind === 'other' && message.name === 'streamReq',
  );
  return request?.opaque ?? OPAQUE;
}

async function run(
  context: TestContext,
  responses: (opcode: number) => readonly ResponseSpec[],
): Promise<string | undefined> {
  const harness = await context.start();
  const reason = missing(context, harness);
  if (reason !== undefined) return reason;
  for (let i = 0; i < 5; i++) await mustPut(harness, `pennant-${i}`, 'hoisted');
  for (const opener of openers) {
    for (const opcode of opcodes) await feed(context, harness, opener, responses(opcode));
  }
  demandCode('flush', await harness.flush(), ENGINE_SUCCESS, ENGINE_ENOTSUP);
  await mustPut(harness, 'pennant', 'struck');
  await expectValue(harness, 'pennant', 'struck');
  return undefined;
}

const everyStatus = (context: TestContext): Promise<string | undefined> =>
  run(context, (opcode) => statuses.flatMap((status) => bodies.map((body) => ({ ...body, opcode, status }))));

const everyTruncation = (context: TestContext): Promise<string | undefined> =>
  run(context, (opcode) =>
    [Status.Success, Status.Rollback, Status.KeyEnoent].flatMap((status) =>
      truncated.map((body) => ({ ...body, opcode, status })),
    ),
  );

const unknownOpaques = (context: TestContext): Promise<string | undefined> => {
  const source = new Random(context.seed);
  return run(context, (opcode) =>
    [0, 1, 0xffff_ffff, source.below(0xffff_ffff)].flatMap((opaque) => [
      { opcode, opaque },
      { opcode, opaque, status: Status.Rollback, body: rollbackBody(0n) },
      { opcode, opaque, body: source.bytes(source.below(64)) },
    ]),
  );
};

/** Each needs `dcp.responseHandler` and today's contract. */
export const headerGuardTests: readonly TestDefinition[] = [
  { name: 'responses of every opcode and status are only read', group: 'header-guard', body: everyStatus },
  { name: 'responses with truncated bodies are only read', group: 'header-guard', body: everyTruncation },
  { name: 'responses with unknown opaques are only read', group: 'header-guard', body: unknownOpaques },
];
