// Whole engines, before and after their migration by this package's codemods and by hand.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineModule } from '../../../reference/engine/contract.ts';
import {
  formatVerifyReport,
  type VerifyOptions,
  type VerifyReport,
  verify,
} from '../../../reference/verify/index.ts';
import { type BuiltEngines, buildEngines } from '../../support/built-engines.ts';
import { type AnySlot, disturbed } from '../../support/disturbed-engine.ts';
import { migratedReportEngine } from '../../support/migrated-report-engine.ts';

const [WANT_MORE, DISCONNECT] = [9, 10];

let before: BuiltEngines;
let migrated: BuiltEngines;
let migratedByHand: BuiltEngines;
beforeAll(async () => {
  before = await buildEngines();
  migrated = await buildEngines(['memory-engine', 'forwarding-engine'], { isMigrated: true });
  migratedByHand = await buildEngines(['report-engine'], migratedReportEngine());
});
afterAll(() => {
  for (const tree of [before, migrated, migratedByHand]) tree?.remove();
});

async function expectEqual(options: VerifyOptions): Promise<VerifyReport> {
  const report = await verify({ runs: 25, ...options });
  expect(formatVerifyReport(report)).toMatch(/\nequal\n$/);
  expect(report).toMatchObject({ isEqual: true, different: [], normalised: [] });
  expect(report.counts.releases).toBeGreaterThan(50);
  expect(report.counts.injected).toBeGreaterThan(5);
  return report;
}

describe('a migration that changes nothing', () => {
  test('of an engine that produces', async () => {
    const { counts } = await expectEqual({
      before: before.url('memory-engine'),
      after: migrated.url('memory-engine'),
      config: 'dcp=producer',
    });
    expect(counts.dcpMessages).toBeGreaterThan(50);
    expect(counts.headerHandlings).toBeGreaterThan(20);
    expect(counts.headerWritesBefore).toBeGreaterThan(0);
  });

  test('of an engine that consumes', async () => {
    const { counts } = await expectEqual({
      before: before.url('memory-engine'),
      after: migrated.url('memory-engine'),
      config: 'dcp=consumer; trace=true',
    });
    expect(counts.dcpMessages).toBeGreaterThan(10);
    expect(counts.headerHandlings).toBeGreaterThan(5);
  });

  test.each(['producer', 'consumer'])('of an engine that forwards to one that is a %s', async (side) => {
    await expectEqual({
      before: before.url('forwarding-engine'),
      after: migrated.url('forwarding-engine'),
      config: `engine=${before.url('memory-engine')};dcp=${side}`,
      afterConfig: `engine=${migrated.url('memory-engine')};dcp=${side}`,
      runs: 10,
    });
  });

  test('of an engine that sends from its own memory', async () => {
    await expectEqual({ before: before.url('report-engine'), after: migratedByHand.url('report-engine') });
  });

  test('of an engine that ends connections in a step', async () => {
    const slots = (inner: (name: string) => AnySlot) => {
      let count = 0;
      return {
        'dcp.step': (...args: never[]) => {
          if (count % 9 === 8) {
            count += 1;
            return DISCONNECT;
          }
          const code = inner('dcp.step')(...args);
          // Steps without a message are as many as the send path has occasions for.
          if (code === WANT_MORE) count += 1;
          return code;
        },
      };
    };
    await expectEqual({
      before: disturbed((await import(before.url('memory-engine'))) as EngineModule, { slots }),
      after: disturbed((await import(migrated.url('memory-engine'))) as EngineModule, { slots }),
    });
  });
});
