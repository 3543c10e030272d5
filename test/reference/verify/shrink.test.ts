import { expect, test } from 'vitest';
import type { Conversation, RequestPlan, Step } from '../../../reference/verify/conversation.ts';
import { shrink } from '../../../reference/verify/shrink.ts';

const request = (name: string): RequestPlan => ({ kind: 'bytes', bytes: Buffer.from(name) });
const send = (...names: readonly string[]): Step => ({
  kind: 'send',
  slot: 1,
  requests: names.map(request),
  seed: 7,
});
const conversation = (steps: readonly Step[]): Conversation => ({
  run: 3,
  seed: 1,
  profile: 'memcached',
  send: 'auto',
  injection: 0,
  steps,
});
const namesIn = ({ steps }: Conversation): string[][] =>
  steps.map((step) =>
    step.kind === 'send'
      ? step.requests.map((each) => (each.kind === 'bytes' ? String(each.bytes) : ''))
      : [step.kind],
  );

test('leaves the steps and the requests that are needed, in their order', async () => {
  const steps = Array.from({ length: 40 }, (_, at) => send(`get ${at}`, `set ${at}`, `noop ${at}`));
  const needed = ['set 4', 'get 5', 'noop 33'];
  const short = await shrink(conversation(steps), async (candidate) => {
    const names = namesIn(candidate).flat();
    return needed.every((name) => names.includes(name));
  });
  expect(namesIn(short)).toEqual([['set 4'], ['get 5'], ['noop 33']]);
  expect(short).toMatchObject({ run: 3, seed: 1 });
});

test('answers what it was given where nothing can be left out', async () => {
  const steps = [send('get'), { kind: 'time', seconds: 1 } as const, send('set')];
  const short = await shrink(conversation(steps), async (candidate) => candidate.steps.length === 3);
  expect(short.steps).toEqual(steps);
});

test('gives up after a while', async () => {
  let replays = 0;
  const steps = Array.from({ length: 5000 }, (_, at) => send(`get ${at}`, `set ${at}`));
  await shrink(conversation(steps), async () => {
    replays += 1;
    return false;
  });
  expect(replays).toBeLessThanOrEqual(151);
});
