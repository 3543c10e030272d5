import { describe, expect, test } from 'vitest';
import { Opcode } from '../../../reference/protocol/opcode.ts';
import { Random } from '../../../reference/random.ts';
import type { Conversation, RequestPlan } from '../../../reference/verify/conversation.ts';
import { engineOpcodes, MAX_STEPS, makeConversation } from '../../../reference/verify/make-conversation.ts';

const runs: readonly Conversation[] = Array.from({ length: 150 }, (_, at) =>
  makeConversation(7, at + 1, [0xe0]),
);
const requests: readonly RequestPlan[] = runs.flatMap(({ steps }) =>
  steps.flatMap((step) =>
    step.kind === 'send' ? step.requests : step.kind === 'abandon' ? [step.request] : [],
  ),
);
const opcodeOf = (request: RequestPlan): number => {
  if (request.kind === 'stream-req') return Opcode.DcpStreamReq;
  return request.kind === 'packet' ? (request.fields.opcode ?? 0) : (request.bytes[1] ?? 0);
};

describe('a conversation', () => {
  test('is the same again for the same seed and run, and another for any other', () => {
    expect(makeConversation(7, 3, [0xe0])).toEqual(runs[2]);
    expect(makeConversation(8, 3, [0xe0])).not.toEqual(runs[2]);
    expect(new Set(runs.map(({ seed }) => seed)).size).toBe(runs.length);
  });

  test('has steps of all kinds, at most a number of them, and requests of all kinds', () => {
    const kinds = new Set(runs.flatMap(({ steps }) => steps.map(({ kind }) => kind)));
    expect([...kinds].sort()).toEqual(['abandon', 'answer', 'hang-up', 'replicate', 'send', 'time']);
    for (const { steps } of runs) expect(steps.length).toBeLessThan(MAX_STEPS + 10);
    const opcodes = new Set(requests.map(opcodeOf));
    const documents = [
      Opcode.Get,
      Opcode.Getkq,
      Opcode.Setq,
      Opcode.Deleteq,
      Opcode.GetLocked,
      Opcode.UnlockKey,
    ];
    const more = [
      Opcode.Gatq,
      Opcode.Touch,
      Opcode.Hello,
      Opcode.Quitq,
      Opcode.Flush,
      Opcode.Incrementq,
      0xe0,
    ];
    const dcp = [Opcode.DcpOpen, Opcode.DcpAddStream, Opcode.DcpStreamReq, Opcode.DcpSetVbucketState];
    const rest = [Opcode.DcpControl, Opcode.DcpNoop, Opcode.DcpBufferAcknowledgement, Opcode.DcpStreamEnd];
    for (const opcode of [...documents, ...more, ...dcp, ...rest]) expect([...opcodes]).toContain(opcode);
  });

  test('has values on both sides of 4 KiB, up to about 100 KB', () => {
    const sizes = requests.map((each) => (each.kind === 'packet' ? (each.fields.value?.length ?? 0) : 0));
    for (const size of [0, 4095, 4096, 4097]) expect(sizes).toContain(size);
    expect(Math.max(...sizes)).toBeGreaterThan(60_000);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100_000);
  });

  test('asks engines for what the core leaves to them, and for nothing that stops a server', () => {
    expect(engineOpcodes).toContain(0xe0);
    expect(engineOpcodes).not.toContain(Opcode.Get);
    expect(engineOpcodes).not.toContain(Opcode.DcpOpen);
    expect(engineOpcodes).not.toContain(Opcode.Shutdown);
    const known = requests.filter((each) => opcodeOf(each) === 0xe0).length;
    expect(known / requests.length).toBeGreaterThan(0.05);
  });

  test('is played in every profile, in every send mode, with and without injection', () => {
    expect(new Set(runs.map(({ profile }) => profile)).size).toBe(2);
    expect(new Set(runs.map(({ send }) => send)).size).toBe(3);
    expect(new Set(runs.map(({ injection }) => injection)).size).toBe(3);
  });
});

describe('random numbers', () => {
  test('are the same for the same seed, and keep to their limits', () => {
    const [one, other] = [new Random(1, 2), new Random(1, 2)];
    for (let i = 0; i < 1000; i++) {
      const value = one.between(3, 9);
      expect(value).toBe(other.between(3, 9));
      expect(value).toBeGreaterThanOrEqual(3);
      expect(value).toBeLessThanOrEqual(9);
    }
    expect(new Random(1, 2).u32()).not.toBe(new Random(2, 1).u32());
  });

  test('choose by weight', () => {
    const random = new Random(5);
    const counts = { often: 0, seldom: 0, never: 0 };
    for (let i = 0; i < 10_000; i++)
      counts[
        random.weighted([
          [9, 'often'],
          [0, 'never'],
          [1, 'seldom'],
        ] as const)
      ] += 1;
    expect(counts.never).toBe(0);
    expect(counts.seldom).toBeGreaterThan(800);
    expect(counts.seldom).toBeLessThan(1200);
  });
});
