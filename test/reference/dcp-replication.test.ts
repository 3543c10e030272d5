// Two servers, one replicating the other through a pump in between: they end with the same documents.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type VirtualTime, virtualTime } from '../../reference/clock.ts';
import { createServer, type Server } from '../../reference/server.ts';
import type { ServerOptions } from '../../reference/server-options.ts';
import { RawClient } from '../support/raw-client.ts';
import { Op, request, set, words } from '../support/raw-dcp.ts';
import { turn, until } from '../support/until.ts';

const VBUCKETS = [0, 700];
const KEYS = ['ada', 'grace', 'edsger', 'barbara', 'tony'];

/** Passes on everything that one side says to the other, but what was said to the pump itself. */
class Pump {
  readonly #producer: RawClient;
  readonly #consumer: RawClient;

  private constructor(producer: RawClient, consumer: RawClient) {
    this.#producer = producer;
    this.#consumer = consumer;
  }

  /** Bytes that came from both sides. */
  get received(): number {
    return this.#producer.received + this.#consumer.received;
  }

  static async connect(active: Server, replica: Server, chunk: number): Promise<Pump> {
    const options = { capacity: 4096, chunk: () => chunk };
    const pump = new Pump(new RawClient(active, options), new RawClient(replica, options));
    await pump.#producer.open(1 | 4, 'pump:producer');
    await pump.#consumer.open(4, 'pump:consumer');
    for (const vbucket of VBUCKETS)
      pump.#consumer.send(request(Op.addStream, { vbucket, extras: words([0, 32]) }));
    pump.#pass(pump.#producer, pump.#consumer);
    pump.#pass(pump.#consumer, pump.#producer);
    return pump;
  }

  /** Neither side goes on by itself when this has resolved. */
  async close(): Promise<void> {
    this.#producer.wire.destroy();
    this.#consumer.wire.destroy();
    await Promise.all([this.#producer.ended(), this.#consumer.ended()]);
  }

  #pass(from: RawClient, to: RawClient): void {
    from.wire.onData = ((arrived) => (bytes: Buffer) => {
      arrived?.(bytes);
      for (const message of from.inbox.splice(0)) {
        if (message.opcode === Op.addStream) expect(message.status).toBe(0);
        else if (!to.hasEnded) to.send(message.bytes);
      }
    })(from.wire.onData);
    for (const message of from.inbox.splice(0)) to.send(message.bytes);
  }
}

type Action =
  | { readonly type: 'set'; key: string; vbucket: number; size: number; expiry: number; flags: number }
  | { readonly type: 'delete'; key: string; vbucket: number }
  | { readonly type: 'flush' | 'reconnect' | 'wait' | 'begin anew' }
  | { readonly type: 'sleep'; seconds: number };

const where = { key: fc.constantFrom(...KEYS), vbucket: fc.constantFrom(...VBUCKETS) };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant('set' as const),
      ...where,
      size: fc.constantFrom(0, 1, 100, 5000, 30_000),
      expiry: fc.constantFrom(0, 0, 0, 5),
      flags: fc.nat(0xffffffff),
    }),
  },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('delete' as const), ...where }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('reconnect' as const, 'wait' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('flush' as const, 'begin anew' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('sleep' as const), seconds: fc.integer({ min: 1, max: 9 }) }),
  },
);

/** Every document of a server, as a client sees it. */
async function documents(server: Server): Promise<Record<string, string>> {
  const client = new RawClient(server);
  const found: Record<string, string> = {};
  for (const vbucket of VBUCKETS) {
    for (const key of KEYS) {
      const { cas, extras, status, value } = await client.ask(request(Op.get, { key, vbucket }));
      const flags = status === 0 ? extras.getUint32(0) : 0;
      found[`${vbucket}/${key}`] =
        status === 0
          ? `${cas} ${flags} ${value.length} ${value.toString('latin1', 0, 9)}`
          : `status ${status}`;
    }
  }
  client.wire.end();
  return found;
}

async function act(step: Action, active: Server, client: RawClient, time: VirtualTime): Promise<void> {
  if (step.type === 'set') {
    const { expiry, flags, key, size, vbucket } = step;
    const extras = words([flags, 32], [expiry, 32]);
    const value = Buffer.alloc(size, key);
    expect((await client.ask(request(Op.set, { key, vbucket, extras, value }))).status).toBe(0);
  } else if (step.type === 'delete') {
    const { status } = await client.ask(request(Op.delete, { key: step.key, vbucket: step.vbucket }));
    expect([0, 1]).toContain(status);
  } else if (step.type === 'flush') {
    expect((await client.ask(request(0x08))).status).toBe(0);
  } else if (step.type === 'sleep') {
    time.advance(step.seconds);
  } else if (step.type === 'begin anew') {
    await active.reset();
  } else {
    await turn(30);
  }
}

/** Lets the pump run until no byte moves any more. */
async function settle(pump: Pump, replica: Server): Promise<void> {
  const moved = (): number => pump.received + replica.stats.bytesRead;
  let before = moved();
  for (let idle = 0; idle < 20; idle++) {
    await turn();
    if (moved() !== before) idle = 0;
    before = moved();
  }
}

it('a replica has the documents of its producer, whatever happens to the connection', async () => {
  const modes = fc.constantFrom('copy' as const, 'ref' as const, 'auto' as const);
  const limits = fc.constantFrom(1000, 100_000, 1024 * 1024);
  const setup = fc.record({
    send: modes,
    maxSendQueueSize: limits,
    chunk: fc.constantFrom(100, 1000, 65_536),
  });
  await fc.assert(
    fc.asyncProperty(
      setup,
      fc.array(action, { minLength: 1, maxLength: 40 }),
      async ({ chunk, ...mode }, steps) => {
        const time = virtualTime();
        const options: ServerOptions = { ...mode, profile: 'couchbase', port: false, time };
        await using active = await createServer(options);
        await using replica = await createServer(options);
        let pump = await Pump.connect(active, replica, chunk);
        const client = new RawClient(active);
        for (const step of steps) {
          await act(step, active, client, time);
          if (step.type !== 'reconnect' && step.type !== 'begin anew') continue;
          await pump.close();
          await until('nobody replicates', () =>
            [active, replica].every((server) =>
              server.connections().every(({ session }) => session.dcp === 'none'),
            ),
          );
          pump = await Pump.connect(active, replica, chunk);
        }
        time.advance(1);
        await settle(pump, replica);
        expect(await documents(replica)).toEqual(await documents(active));
        expect([active.stats.engineFaults, replica.stats.engineFaults]).toEqual([0, 0]);
        await pump.close();
      },
    ),
    { seed: 20171109, numRuns: 25 },
  );
});

it('a replica of many documents is complete, with both ends under flow control', async () => {
  const options: ServerOptions = { profile: 'couchbase', port: false, maxSendQueueSize: 64 * 1024 };
  await using active = await createServer(options);
  await using replica = await createServer(options);
  const client = new RawClient(active);
  const keys = Array.from({ length: 3000 }, (_, at) => `order:${at}`);
  client.send(...keys.map((key, at) => set(key, Buffer.alloc(at, key))));
  expect((await client.take(keys.length)).every(({ status }) => status === 0)).toBe(true);
  const pump = await Pump.connect(active, replica, 65_536);
  const reader = new RawClient(replica);
  await settle(pump, replica);
  for (const [at, key] of keys.entries()) {
    const { status, value } = await reader.ask(request(Op.get, { key }));
    expect([status, value.equals(Buffer.alloc(at, key))]).toEqual([0, true]);
  }
  await pump.close();
});
