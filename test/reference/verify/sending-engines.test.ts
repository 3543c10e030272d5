// The engines of fixtures/engines that send by themselves hold no hazard: with each old call answered by what takes its
// place, their clients get the same bytes. Conversations that verify makes up reach what they send.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineModule } from '../../../reference/engine/contract.ts';
import { formatVerifyReport, verify } from '../../../reference/verify/index.ts';
import { type BuiltEngines, buildEngines } from '../../support/built-engines.ts';
import { countedSends, noCalls, onTodaysPath } from '../../support/old-connections.ts';
import { sendingEngines } from '../../support/sending-engines.ts';

let built: BuiltEngines;
beforeAll(async () => {
  built = await buildEngines(sendingEngines);
});
afterAll(() => built?.remove());

const load = async (name: string): Promise<EngineModule> => await import(built.url(name));

async function expectEqual(before: EngineModule, after: EngineModule, runs = 20): Promise<void> {
  const report = await verify({ before, after, runs });
  expect(formatVerifyReport(report)).toMatch(/\nequal\n$/);
  expect(report).toMatchObject({ isEqual: true, different: [], normalised: [] });
}

describe.each(sendingEngines)('%s', (name) => {
  test('sends the same where every old call is answered by a new one', async () => {
    const module = await load(name);
    const calls = noCalls();
    await expectEqual(countedSends(module, calls), onTodaysPath(module));
    expect(calls.addIov + calls.sendmsg).toBeGreaterThan(40);
  });
});

describe('courier-engine', () => {
  test.each([37, 1000])('keeps its books right where a socket takes %i bytes at a time', async (limit) => {
    const module = await load('courier-engine');
    const calls = noCalls();
    await expectEqual(countedSends(module, calls, limit), onTodaysPath(module), 10);
    // What the socket did not take was left to the core.
    expect(calls.addIov).toBeGreaterThan(0);
    expect(calls.sendmsg).toBeGreaterThan(100);
  });
});
