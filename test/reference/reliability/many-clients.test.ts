// Clients that hold a connection and say next to nothing: they cost little, and the idle timeout ends them.
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { transportPair } from '../../../reference/bufferevent/pair.ts';
import { virtualTime } from '../../../reference/clock.ts';
import { encodePacket } from '../../../reference/protocol/packet.ts';
import { aliveBuffers } from '../../support/collect-garbage.ts';
import { get, noop, set } from '../../support/document-requests.ts';
import { profileNames, sendWays } from '../../support/send-ways.ts';
import { serveOver } from '../../support/serve-over.ts';
import { textured } from '../../support/textured.ts';
import { turn, until } from '../../support/until.ts';

const CLIENTS = 1000;

/** Bytes of heap and buffers that are alive. */
async function alive(): Promise<number> {
  const buffers = await aliveBuffers();
  return buffers + process.memoryUsage().heapUsed;
}

describe.each(profileNames)('a thousand clients, as %s', (profile) => {
  it.each(Object.entries(sendWays))(
    'that send ten bytes each cost less than 10 KB each, and are closed when they are idle, %s',
    async (_, way) => {
      const time = virtualTime();
      await using bed = await serveOver('pair', { ...way, profile, idleTimeout: 60, time });
      const [other, idle] = [await bed.connect(), await bed.connect()];
      await other.request(noop());
      const front = encodePacket(set('seal', 'flippers')).subarray(0, 10);
      const before = await alive();
      const ends = Array.from({ length: CLIENTS }, () => {
        const { client, server } = transportPair({ capacity: 100 });
        bed.server.attach(server);
        client.write(front);
        return client;
      });
      await until('all of it is there', () => bed.server.stats.bytesRead >= 24 + 10 * CLIENTS);
      // Both ends, and what carries them.
      expect(((await alive()) - before) / CLIENTS).toBeLessThan(10_000);
      expect((await other.request(noop(1))).opaque).toBe(1);
      // A byte now and then keeps nobody alive who has sent nothing for a minute.
      for (let second = 0; second < 59; second += 10) {
        time.advance(10);
        other.send(noop(second));
        await other.next();
      }
      await until('they are gone', () => bed.server.connections().length === 1);
      expect(idle.hasEnded || idle.isClosed).toBe(true);
      expect((await other.request(noop(2))).opaque).toBe(2);
      for (const end of ends) end.destroy();
    },
  );
});

describe('clients that have stored something big', () => {
  it.each(Object.entries(sendWays))('cost nothing but what they stored, %s', async (_, way) => {
    await using bed = await serveOver('pair', way);
    const before = await aliveBuffers();
    const clients = await Promise.all(Array.from({ length: 30 }, () => bed.connect({ chunk: () => 50_000 })));
    const value = textured(900_000);
    for (const client of clients) await client.request(set('whale', value));
    expect((await aliveBuffers()) - before).toBeLessThan(5_000_000);
    for (const client of clients) expect((await client.request(get('whale'))).value.equals(value)).toBe(true);
    expect((await aliveBuffers()) - before).toBeLessThan(5_000_000);
  });
});

describe('two hundred sockets', () => {
  it('that send a header byte by byte cost little memory, and are answered in the end', async () => {
    await using bed = await serveOver('tcp4');
    const other = await bed.connect();
    await other.request(noop());
    const before = await aliveBuffers();
    const clients = await Promise.all(Array.from({ length: 200 }, () => bed.connect()));
    const request = encodePacket(noop(7));
    for (let at = 0; at < request.length - 1; at++) {
      for (const client of clients) client.send(request.subarray(at, at + 1));
      await turn();
    }
    await until('all of it is there', () => bed.server.stats.bytesRead >= 24 + 23 * 200);
    expect(((await aliveBuffers()) - before) / 200).toBeLessThan(10_000);
    expect((await other.request(noop(1))).opaque).toBe(1);
    for (const client of clients) client.send(request.subarray(23));
    for (const client of clients) expect((await client.next()).opaque).toBe(7);
    // Nothing is kept for a connection that waits for its next request.
    expect(((await aliveBuffers()) - before) / 200).toBeLessThan(2000);
  });
});
