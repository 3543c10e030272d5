// Commands that wait for their engine: order is kept, nothing is lost, and whoever comes too late finds nobody.
import { describe, expect, it } from 'vitest';
import { virtualTime } from '../../reference/clock.ts';
import { EngineErrorCode } from '../../reference/engine/contract.ts';
import { Opcode } from '../../reference/protocol/opcode.ts';
import { Status } from '../../reference/protocol/status.ts';
import { get, noop, set } from '../support/document-requests.ts';
import { overEveryTransport, serveOver, type TestBed, type TransportName } from '../support/serve-over.ts';
import { type ParkedGet, SteeredEngine } from '../support/steered-engine.ts';
import { textured } from '../support/textured.ts';
import { turn, until } from '../support/until.ts';
import type { WireClient } from '../support/wire-client.ts';

interface Setup extends AsyncDisposable {
  readonly bed: TestBed;
  readonly engine: SteeredEngine;
  readonly client: WireClient;
  /** The nth `get` that waits, once it does. */
  parked(n: number): Promise<ParkedGet>;
}

/** A server whose engine makes every `get` of "whale" wait once, and a client. */
async function setUp(
  transport: TransportName,
  options: Parameters<typeof serveOver>[1] = {},
): Promise<Setup> {
  const engine = new SteeredEngine();
  engine.parks = (key) => key === 'whale';
  const bed = await serveOver(transport, { ...options, engine });
  const client = await bed.connect();
  await client.request(set('whale', 'song'));
  const parked = async (n: number): Promise<ParkedGet> => {
    await until(`${n} commands waited`, () => engine.parked.length >= n);
    return engine.parked[n - 1] as ParkedGet;
  };
  return { bed, engine, client, parked, [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose]() };
}

overEveryTransport('a command that waits', (transport) => {
  it('holds up what comes behind it, and loses nothing of it', async () => {
    await using both = await setUp(transport);
    const { bed, client } = both;
    client.send(noop(1), get('whale', 2), noop(3), set('walrus', textured(10_000), 4));
    const waiting = await both.parked(1);
    expect((await client.next()).opaque).toBe(1);
    // More than is read ahead, in pieces that end anywhere.
    const value = textured(300_000, 1);
    client.send(set('elephant', value, 5), get('elephant', 6), get('walrus', 7));
    await turn(10);
    expect(client.pending).toBe(0);
    waiting.notify();
    const packets = await client.take(6);
    expect(packets.map((each) => each.opaque)).toEqual([2, 3, 4, 5, 6, 7]);
    expect(packets[0]?.value.toString()).toBe('song');
    expect(packets[4]?.value.equals(value)).toBe(true);
    expect(packets[5]?.value.equals(textured(10_000))).toBe(true);
    expect(bed.server.stats.engineFaults).toBe(0);
  });

  it('waits again where the one behind it waits, too', async () => {
    await using both = await setUp(transport);
    both.client.send(...Array.from({ length: 10 }, (_, i) => get('whale', i)));
    for (let i = 1; i <= 10; i++) {
      (await both.parked(i)).notify();
      expect((await both.client.next()).opaque).toBe(i - 1);
    }
  });

  it('does not hold up other connections', async () => {
    await using both = await setUp(transport);
    both.client.send(get('whale'));
    await both.parked(1);
    const other = await both.bed.connect();
    expect((await other.request(noop(7))).opaque).toBe(7);
  });

  it('is given up when its client goes, and a late notification finds nobody', async () => {
    await using both = await setUp(transport);
    const { bed, engine, client } = both;
    client.send(get('whale', 1), get('whale', 2));
    const waiting = await both.parked(1);
    const held = engine.held;
    client.wire.destroy();
    // A Unix socket that is closed looks like one that will say no more, until something is sent.
    if (transport === 'unix') waiting.notify();
    await until('it is forgotten', () => bed.server.connections().length === 0);
    expect(engine.disconnects).toBe(1);
    waiting.notify();
    waiting.notify(EngineErrorCode.ENGINE_FAILED);
    await turn(5);
    expect(engine.parked.length).toBe(transport === 'unix' ? 2 : 1);
    expect([engine.held, engine.excess]).toEqual([held, 0]);
    expect(bed.server.stats.engineFaults).toBe(0);
    expect((await (await bed.connect()).request(noop(1))).opaque).toBe(1);
  });

  it('is answered though its client has closed its side', async () => {
    await using both = await setUp(transport);
    both.client.send(get('whale', 1), noop(2));
    both.client.wire.end();
    const waiting = await both.parked(1);
    await turn(10);
    waiting.notify();
    expect((await both.client.rest()).map((each) => each.opaque)).toEqual([1, 2]);
  });

  it('is not waited for without end when its client has closed its side', async () => {
    const time = virtualTime();
    await using both = await setUp(transport, { time });
    both.client.send(get('whale', 1));
    both.client.wire.end();
    await both.parked(1);
    await turn(10);
    for (let second = 0; second < 5; second++) {
      expect(both.bed.server.connections()).toHaveLength(1);
      time.advance(1);
    }
    await until('it is forgotten', () => both.bed.server.connections().length === 0);
    expect(both.engine.disconnects).toBe(1);
  });

  it('is answered when the server stops, and nothing behind it is', async () => {
    await using both = await setUp(transport);
    const { client, bed } = both;
    client.send(get('whale', 1), noop(2));
    const waiting = await both.parked(1);
    const stopped = bed.server.stop({ graceMs: 5000 });
    await turn(5);
    client.send(noop(3));
    await turn(5);
    waiting.notify();
    expect((await client.rest()).map((each) => each.opaque)).toEqual([1]);
    await expect(stopped).resolves.toEqual({ dropped: 0 });
  });
});

describe('a notification', () => {
  it('counts once', async () => {
    await using both = await setUp('pair');
    both.client.send(get('whale', 1), get('whale', 2), noop(3));
    const first = await both.parked(1);
    first.notify();
    first.notify();
    expect((await both.client.next()).opaque).toBe(1);
    await both.parked(2);
    // Of a command that is done, it must not wake the one that waits now.
    first.notify();
    await turn(5);
    expect(both.client.pending).toBe(0);
    both.engine.parked[1]?.notify();
    expect((await both.client.take(2)).map((each) => each.opaque)).toEqual([2, 3]);
  });

  it('may come before the slot has returned', async () => {
    await using both = await setUp('pair');
    both.engine.onPark = (parked) => parked.notify();
    both.client.send(get('whale', 1), noop(2));
    const [answer, next] = await both.client.take(2);
    expect([answer?.value.toString(), next?.opaque]).toEqual(['song', 2]);
  });

  it('may come twice before the slot has returned', async () => {
    await using both = await setUp('pair');
    both.engine.onPark = (parked) => {
      parked.notify();
      parked.notify(EngineErrorCode.ENGINE_FAILED);
    };
    both.client.send(get('whale', 1), noop(2));
    const [answer] = await both.client.take(2);
    expect(answer?.value.toString()).toBe('song');
  });

  it.each([
    ['after', false],
    ['before', true],
  ])('with a code ends the command with that code, %s the slot has returned', async (_when, isEarly) => {
    await using both = await setUp('pair');
    const fail = (parked: ParkedGet): void => parked.notify(EngineErrorCode.ENGINE_TMPFAIL);
    if (isEarly) both.engine.onPark = fail;
    both.client.send(get('whale', 1), noop(2));
    if (!isEarly) fail(await both.parked(1));
    const [answer, next] = await both.client.take(2);
    expect([answer?.vbucketOrStatus, next?.opaque]).toEqual([Status.Etmpfail, 2]);
  });

  it('that asks for it closes the connection, after what was answered before', async () => {
    await using both = await setUp('pair');
    both.client.send(noop(1), get('whale', 2), noop(3));
    (await both.parked(1)).notify(EngineErrorCode.ENGINE_DISCONNECT);
    expect((await both.client.rest()).map((each) => each.opaque)).toEqual([1]);
  });

  it('of a quiet command that misses says nothing', async () => {
    await using both = await setUp('pair');
    both.client.send(get('whale', 1, Opcode.Getq), noop(2));
    (await both.parked(1)).notify(EngineErrorCode.ENGINE_KEY_ENOENT);
    expect((await both.client.next()).opaque).toBe(2);
  });

  it('of nobody that waits does nothing', async () => {
    await using both = await setUp('pair');
    both.client.send(get('whale', 1));
    const first = await both.parked(1);
    first.notify();
    await both.client.next();
    first.notify(EngineErrorCode.ENGINE_DISCONNECT);
    expect((await both.client.request(noop(2))).opaque).toBe(2);
  });
});

describe('a connection with a command that waits', () => {
  it('reads ahead, but not without end', async () => {
    await using both = await setUp('pair');
    both.client.send(get('whale', 1));
    const waiting = await both.parked(1);
    const before = both.bed.server.stats.bytesRead;
    both.client.send(set('elephant', textured(5_000_000), 2), noop(3));
    await until('it has read ahead', () => both.bed.server.stats.bytesRead >= before + 65_536);
    await turn(20);
    expect(both.bed.server.stats.bytesRead - before).toBeLessThanOrEqual(2 * 65_536);
    waiting.notify();
    expect((await both.client.take(3)).map((each) => each.opaque)).toEqual([1, 2, 3]);
  });
});
