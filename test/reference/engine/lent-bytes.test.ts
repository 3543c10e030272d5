import { expect, it } from 'vitest';
import type { ProtocolBinaryRequestHeader } from '../../../reference/engine/contract.ts';
import { lentBytes } from '../../../reference/engine/lent-bytes.ts';
import { createServer } from '../../../reference/server.ts';
import { engineWithDcp } from '../../support/dcp-engine.ts';
import { RawClient } from '../../support/raw-client.ts';
import { request } from '../../support/raw-dcp.ts';

it('lends the memory, and slices copies off it', () => {
  const memory = Buffer.from('..session:7..').subarray(1);
  const lent = lentBytes(memory, 1, 10);
  const kept = lent.slice();
  expect(Buffer.from(lent).toString()).toBe('session:7');
  memory.fill('x');
  expect(Buffer.from(lent).toString()).toBe('xxxxxxxxx');
  expect(Buffer.from(kept).toString()).toBe('session:7');
});

it('is how an engine gets a request that the core does not know: what it slices off stays', async () => {
  const kept: Uint8Array[] = [];
  const engine = engineWithDcp(
    () => undefined,
    () => ({
      unknownCommand: (_handle, _cookie, { bytes }: ProtocolBinaryRequestHeader, respond) => {
        kept.push(bytes.slice());
        respond(bytes.slice(24, 26), new Uint8Array(0), new Uint8Array(0), 0, 0, 0n, _cookie);
        return 0;
      },
    }),
  );
  await using server = await createServer({ engine, port: false });
  const client = new RawClient(server);
  const first = request(0xe0, { key: 'ab', value: 'first' });
  expect(await client.ask(first)).toMatchObject({ status: 0, key: 'ab' });
  await client.ask(request(0xe0, { key: 'cd', value: 'other' }));
  expect(Buffer.from(kept[0] ?? []).equals(first)).toBe(true);
});
