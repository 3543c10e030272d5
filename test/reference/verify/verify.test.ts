import { describe, expect, test } from 'vitest';
import type { Cookie, EngineModule } from '../../../reference/engine/contract.ts';
import { EngineLoadError } from '../../../reference/engine/engine-load-error.ts';
import { loadEngine } from '../../../reference/engine/load.ts';
import { encodePacket } from '../../../reference/protocol/packet.ts';
import { formatVerifyReport, type TraceEvent, VerifyError, verify } from '../../../reference/verify/index.ts';
import { type AnySlot, disturbed } from '../../support/disturbed-engine.ts';

const [EWOULDBLOCK, TMPFAIL] = [0x07, 0x0d];
type Inner = (name: string) => AnySlot;

/** Fails every GET of the key `user::1`. */
async function failing(): Promise<EngineModule> {
  const slots = (inner: Inner) => ({
    get: (...args: [never, never, { text: string }, never, never]) =>
      args[2].text === 'user::1' ? { status: TMPFAIL } : inner('get')(...(args as unknown as never[])),
  });
  return disturbed(await loadEngine('default'), { slots });
}

const request = (opcode: number, key: string, opaque: number, value?: string): Buffer =>
  encodePacket({ opcode, key, opaque, ...(value === undefined ? {} : { value, extras: new Uint8Array(8) }) });
const trace: readonly TraceEvent[] = [
  { connection: 1, at: 0, bytes: request(0x01, 'user::1', 1, 'Ann') },
  { connection: 2, at: 1500, bytes: request(0x00, 'user::1', 2) },
  { connection: 1, at: 1600, event: 'end' },
];

describe('verify', () => {
  test('compares by order of appearance what the engine before makes up, and says so', async () => {
    const report = await verify({ before: 'default', after: 'default', runs: 6 });
    expect(report).toMatchObject({ isEqual: true, normalised: ['cas', 'vbucket uuid'] });
    expect(report.counts.dcpMessages).toBeGreaterThan(0);
    expect(formatVerifyReport(report)).toContain(
      'before is not deterministic: cas and vbucket uuid are compared',
    );
  });

  test('refuses an engine that answers the same conversation differently', async () => {
    let instances = 0;
    const slots = (inner: Inner) => {
      instances += 1;
      const isMoody = instances % 2 === 0;
      return {
        store: (...args: never[]) => (isMoody ? { status: TMPFAIL } : inner('store')(...args)),
      };
    };
    const before = disturbed(await loadEngine('default'), { slots });
    const refused = verify({ before, after: 'default', runs: 3 });
    await expect(refused).rejects.toThrow(VerifyError);
    await expect(refused).rejects.toMatchObject({ code: 'not-deterministic' });
    await expect(refused).rejects.toThrow(/does not answer the same conversation twice alike \(byte \d+ of/);
  });

  test('shows a difference again by its seed and run, and nothing else', async () => {
    const after = await failing();
    const progress: number[] = [];
    const report = await verify({
      before: 'default',
      after,
      seed: 77,
      runs: 30,
      stopAfter: 1,
      onProgress: ({ done }) => progress.push(done),
    });
    const [run] = report.different;
    expect(progress).toEqual(Array.from({ length: run?.run ?? 0 }, (_, at) => at + 1));
    expect(report.repeat).toBe('kv-engine-migrate verify default <module> --seed 77');
    const again = await verify({ before: 'default', after, seed: 77, run: run?.run ?? 0 });
    expect(again.different).toEqual(report.different);
    expect(again.counts.conversations).toBe(1);
    const [difference] = run?.differences ?? [];
    expect(difference?.request).toMatch(/^(GET|APPEND|PREPEND|INCREMENT|DECREMENT)\S* key="user::1"/);
    expect(difference?.after.join()).toContain('ETMPFAIL');
  });

  test('plays a trace', async () => {
    const equal = await verify({ before: 'default', after: 'default', trace });
    expect(equal).toMatchObject({ isEqual: true, counts: { conversations: 1, requests: 2, replies: 2 } });
    const report = await verify({ before: 'default', after: await failing(), trace });
    expect(report.different).toMatchObject([
      {
        run: 0,
        differences: [{ kind: 'bytes', request: 'GET key="user::1" opaque=0x02 vbucket=0' }],
        conversation: ['step 1: client 2 sends GET key="user::1" opaque=0x02 vbucket=0'],
      },
    ]);
    expect(formatVerifyReport(report)).toMatch(
      /^the trace: byte 7 of what connection 1 \(client 2\) got differs/,
    );
    expect(formatVerifyReport(report)).toContain(
      'to repeat it: kv-engine-migrate verify default <module> --trace FILE',
    );
  });

  test('does not take nothing for equal', async () => {
    const nothing: readonly { readonly runs?: number; readonly trace?: readonly TraceEvent[] }[] = [
      { runs: 0 },
      { trace: [] },
      { trace: [{ connection: 1, at: 0, event: 'end' }] },
      // Refused before it comes to the engine.
      { trace: [{ connection: 1, at: 0, bytes: Buffer.from('GET / HTTP/1.1\r\n\r\n  padding') }] },
    ];
    for (const options of nothing) {
      const refused = verify({ before: 'default', after: 'default', ...options });
      await expect(refused).rejects.toMatchObject({ code: 'nothing-played' });
    }
  });

  test('tells the whole command that repeats it', async () => {
    const config = 'cache_size=8m;item_size_max=1m';
    const report = await verify({ before: 'default', after: 'default', config, runs: 1, seed: 5 });
    expect(report.repeat).toBe(`kv-engine-migrate verify default default --config '${config}' --seed 5`);
  });

  test('says which engine cannot be started', async () => {
    const missing = verify({ before: 'default', after: './no-such-engine.js', cwd: import.meta.dirname });
    await expect(missing).rejects.toThrow(EngineLoadError);
    await expect(missing).rejects.toThrow(/no-such-engine\.js/);
    const refusing = verify({ before: 'default', after: 'default', config: 'no=such;setting', runs: 1 });
    await expect(refusing).rejects.toMatchObject({ code: 'engine-refused' });
  });

  test('waits for an engine that notifies when it likes', async () => {
    const module = await loadEngine('default');
    const late: EngineModule = {
      createInstance: (version, getServerApi) => {
        const { cookie: cookies } = getServerApi();
        const slots = (inner: Inner) => {
          let isReady = false;
          return {
            get: (...args: [never, Cookie, never, never, never]) => {
              isReady = !isReady;
              if (!isReady) return inner('get')(...(args as unknown as never[]));
              setImmediate(() => setImmediate(() => cookies.notifyIoComplete(args[1], 0)));
              return { status: EWOULDBLOCK };
            },
          };
        };
        return disturbed(module, { slots }).createInstance(version, getServerApi);
      },
    };
    const report = await verify({ before: late, after: module, trace });
    expect(report).toMatchObject({ isEqual: true, counts: { replies: 2 } });
  });

  test('tells of an engine whose steps do not end', async () => {
    const slots = () => ({ 'dcp.step': () => 9 });
    const after = disturbed(await loadEngine('default'), { slots });
    const report = await verify({ before: 'default', after, runs: 20, stopAfter: 1 });
    expect(report.isEqual).toBe(false);
  });
});
