// Migrations that are wrong, each in one way: every one is found, and the request that shows it is named.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineModule } from '../../../reference/engine/contract.ts';
import {
  type Difference,
  formatVerifyReport,
  type VerifyOptions,
  verify,
} from '../../../reference/verify/index.ts';
import { type BuiltEngines, buildEngines } from '../../support/built-engines.ts';
import { type AnySlot, disturbed } from '../../support/disturbed-engine.ts';
import { migratedReportEngine } from '../../support/migrated-report-engine.ts';

const [REPORT, DELETION] = [0xe0, 0x58];
const [SUCCESS, KEY_ENOENT, ENOMEM, EWOULDBLOCK, WANT_MORE, DISCONNECT] = [0, 1, 3, 7, 9, 10];

let before: BuiltEngines;
let after: BuiltEngines;
const modules: Record<'memory' | 'memoryAfter' | 'report' | 'reportAfter', EngineModule> = {} as never;
beforeAll(async () => {
  before = await buildEngines(['memory-engine', 'report-engine']);
  after = await buildEngines(['report-engine'], migratedReportEngine());
  modules.memory = await import(before.url('memory-engine'));
  modules.memoryAfter = disturbed(modules.memory, { slots: copyingHeaders });
  modules.report = await import(before.url('report-engine'));
  modules.reportAfter = await import(after.url('report-engine'));
});
afterAll(() => {
  before?.remove();
  after?.remove();
});

type Inner = (name: string) => AnySlot;

/** All that a migration of the memory engine has to do. */
function copyingHeaders(inner: Inner): Record<string, AnySlot> {
  return {
    'dcp.responseHandler': (handle: never, cookie: never, header: { readonly response: object }) => {
      const copy = { ...header, response: { ...header.response } };
      return inner('dcp.responseHandler')(handle, cookie, copy as never);
    },
  };
}

/** Expects a difference, and that it names the request and how to see it again; answers what was said first. */
async function expectDifferent(
  options: Omit<VerifyOptions, 'stopAfter'>,
): Promise<{ readonly first: Difference; readonly kinds: readonly string[]; readonly text: string }> {
  const report = await verify({ runs: 60, ...options, stopAfter: 1 });
  const [run] = report.different;
  expect(run, 'a difference').toBeDefined();
  const [first] = run?.differences ?? [];
  if (run === undefined || first === undefined) throw new Error('Nothing was found.');
  const text = formatVerifyReport(report);
  expect(text).toContain(`request: ${first.request}`);
  expect(text).toContain(`--seed 1 --run ${run.run}`);
  expect(text).toMatch(/\ndifferent: 1 of \d+ conversations\n$/);
  expect(run.conversation.length).toBeGreaterThan(0);
  expect(run.conversation.length).toBeLessThan(12);
  return { first, kinds: run.differences.map(({ kind }) => kind), text };
}

/** As a connection of today's contract, with other copies and chains. */
interface Sends {
  copyToOutputStream(data: Uint8Array): void;
  chainDataToOutputStream(buffer: Uint8Array, release: () => void): void;
}
const sending = (change: (connection: Sends) => Partial<Sends>) => ({
  connection: <T extends object>(connection: T): T => {
    const sends = connection as unknown as Sends;
    const plain: Sends = {
      copyToOutputStream: (data) => sends.copyToOutputStream(data),
      chainDataToOutputStream: (buffer, release) => sends.chainDataToOutputStream(buffer, release),
    };
    return { ...plain, ...change(sends) } as unknown as T;
  },
});
const wrongReport = (change: (connection: Sends) => Partial<Sends>): VerifyOptions => ({
  before: modules.report,
  after: disturbed(modules.reportAfter, sending(change)),
});

describe('a migration that is wrong is found where it', () => {
  test('keeps writing to the header', async () => {
    const { first } = await expectDifferent({ before: modules.memory, after: modules.memory });
    expect(first.kind).toBe('header-write');
    expect(first.message).toContain('response.response.status');
    expect(first.request).toMatch(/^response to DCP_DELETION: KEY_ENOENT/);
  });

  test('drops the status of a tombstone', async () => {
    const slots = (inner: Inner) => ({
      'dcp.responseHandler': (...args: [never, never, { response: { opcode: number; status: number } }]) => {
        const { opcode, status } = args[2].response;
        if (opcode === DELETION && status === KEY_ENOENT) return DISCONNECT;
        return inner('dcp.responseHandler')(...(args as unknown as never[]));
      },
    });
    const after = disturbed(modules.memoryAfter, { slots });
    const { first, text } = await expectDifferent({ before: modules.memory, after });
    expect(['bytes', 'close']).toContain(first.kind);
    expect(text).toContain('response to DCP_DELETION: KEY_ENOENT');
  });

  test('sends a byte too many', async () => {
    const { first } = await expectDifferent(
      wrongReport(({ copyToOutputStream }) => ({
        copyToOutputStream: (data) => {
          copyToOutputStream(data);
          if (data[0] === 0x45) copyToOutputStream(data.subarray(0, 1));
        },
      })),
    );
    expect(first.kind).toBe('bytes');
    expect(first.request).toMatch(/^0xe0 /);
  });

  test('releases early', async () => {
    const { kinds, text } = await expectDifferent(
      wrongReport(({ chainDataToOutputStream }) => ({
        chainDataToOutputStream: (buffer, release) => {
          chainDataToOutputStream(buffer, () => {});
          release();
        },
      })),
    );
    expect(kinds).toContain('violation');
    expect(text).toMatch(/released while its memory was queued/);
    expect(text).toMatch(/request: 0xe0 /);
  });

  test('releases twice', async () => {
    const { kinds, text } = await expectDifferent(
      wrongReport(({ chainDataToOutputStream }) => ({
        chainDataToOutputStream: (buffer, release) =>
          chainDataToOutputStream(buffer, () => {
            release();
            release();
          }),
      })),
    );
    expect(kinds).toContain('release');
    expect(text).toMatch(/not given back to the engine equally often/);
  });

  test('never releases', async () => {
    const { first } = await expectDifferent(
      wrongReport(({ chainDataToOutputStream }) => ({
        chainDataToOutputStream: (buffer) => chainDataToOutputStream(buffer, () => {}),
      })),
    );
    expect(first.kind).toBe('release');
    expect([...first.before, ...first.after]).toEqual([
      expect.stringMatching(/^given back/),
      expect.stringMatching(/^given back/),
    ]);
    expect(first.before).not.toEqual(first.after);
    expect(first.request).toMatch(/^0xe0 /);
  });

  test('reorders two sends', async () => {
    const { first } = await expectDifferent(
      wrongReport(({ copyToOutputStream, chainDataToOutputStream }) => {
        let late: Uint8Array | undefined;
        return {
          copyToOutputStream: (data) => {
            const isLine = late === undefined && data.at(-1) === 0x0a && data.length > 2 && data[0] !== 0x45;
            if (isLine) late = data.slice();
            else copyToOutputStream(data);
          },
          chainDataToOutputStream: (buffer, release) => {
            chainDataToOutputStream(buffer, release);
            if (late !== undefined) copyToOutputStream(late);
            late = undefined;
          },
        };
      }),
    );
    expect(first.kind).toBe('bytes');
    expect(first.request).toMatch(/^0xe0 /);
  });

  test('fills memory after it was copied, where pointers allowed it', async () => {
    // The old engine puts the number of documents in when the header is queued already.
    const late = <T extends { [K in N]: (data: Uint8Array) => void }, N extends string>(
      connection: T,
      name: N,
    ): T => ({
      ...connection,
      [name]: (data: Uint8Array) => {
        const isHead = data[0] === 0x81 && data[1] === REPORT;
        const count = data[27] ?? 0;
        if (isHead) data[27] = 0;
        connection[name](data);
        if (isHead) data[27] = count;
      },
    });
    const { first } = await expectDifferent({
      before: disturbed(modules.report, { connection: (it) => late(it as never, 'addIov') }),
      after: disturbed(modules.reportAfter, { connection: (it) => late(it as never, 'copyToOutputStream') }),
    });
    expect(first.kind).toBe('bytes');
    expect(first.before.join()).toContain('extras=0000000');
    expect(first.after.join()).toContain('extras=00000000');
  });

  test('loses the response after ENGINE_EWOULDBLOCK', async () => {
    const slots = (inner: Inner) => {
      let waiting = false;
      return {
        unknownCommand: (...args: never[]) => {
          if (waiting) return SUCCESS;
          const code = inner('unknownCommand')(...args);
          waiting = code === EWOULDBLOCK;
          return code;
        },
      };
    };
    const { first } = await expectDifferent({
      before: modules.report,
      after: disturbed(modules.reportAfter, { slots }),
    });
    expect(first.kind).toBe('bytes');
    expect(first.request).toMatch(/^0xe0 /);
    expect(first.after).toContain('nothing more');
  });

  test('queues a header and then fails, which used to discard it', async () => {
    const slots = (inner: Inner) => ({
      unknownCommand: (
        ...args: [never, never, { request: { opcode: number; opaque: number } }, never, never]
      ) => {
        const code = inner('unknownCommand')(...(args as unknown as never[]));
        const { opcode, opaque } = args[2].request;
        return opcode === REPORT && code === SUCCESS && opaque % 2 === 0 ? ENOMEM : code;
      },
    });
    const { first } = await expectDifferent({
      before: disturbed(modules.report, { slots }),
      after: disturbed(modules.reportAfter, { slots }),
    });
    expect(first.kind).toBe('bytes');
    expect(first.request).toMatch(/^0xe0 /);
    expect(first.before.join()).toContain('ENOMEM');
    expect(first.after.join()).toContain('SUCCESS');
  });

  test('queues a message and then has nothing to say, which used to drop it', async () => {
    const slots = (inner: Inner) => {
      let count = 0;
      return {
        'dcp.step': (...args: never[]) => {
          const code = inner('dcp.step')(...args);
          if (code !== WANT_MORE) return code;
          count += 1;
          return count % 5 === 0 ? SUCCESS : code;
        },
      };
    };
    const { first } = await expectDifferent({
      before: disturbed(modules.memory, { slots }),
      after: disturbed(modules.memoryAfter, { slots }),
    });
    expect(first.kind).toBe('bytes');
    expect(first.after.join()).toMatch(/DCP_/);
  });
});
