// What the check makes of facts: one finding a drift, notes that are no sites, figures that add up.
import { expect, test } from 'vitest';
import type { Verdict } from '../../codemods/facts/codemod.ts';
import { cpp } from '../../codemods/languages/cpp/index.ts';
import { signatureDrift } from '../../codemods/signature-drift.ts';
import { handlerText, openCpp } from '../support/cpp-program.ts';

async function check(text: string): Promise<Verdict> {
  const { program, contract } = await openCpp({ 'tape.cc': text });
  return signatureDrift.decide({ program, language: cpp, contract, changes: [] });
}

test('a drift that run can edit is automatic, and one that it cannot gives the reason', async () => {
  const [easy] = (await check(handlerText('return block->id;'))).findings;
  const [hard] = (await check(handlerText('elsewhere(block); return 0;'))).findings;
  expect(easy).toMatchObject({ rule: 'mutable-parameter', severity: 'error', applicability: 'automatic' });
  expect(hard).toMatchObject({ rule: 'mutable-parameter', applicability: 'review' });
  expect(hard?.reason).toContain('elsewhere');
});

test('points at the parameter, and relates the slot assignment and the contract', async () => {
  const text = handlerText('return block->id;');
  const [finding] = (await check(text)).findings;
  expect(text.slice(finding?.range.start, finding?.range.end)).toBe('struct block_header *block');
  expect(finding?.related.map((one) => one.range.file)).toEqual(['tape.cc', 'contract.h']);
});

test('a note is no site, and the figures add up', async () => {
  const { findings, sites } = await check(
    handlerText('return 0;').replace('struct block_header', 'const struct block_header'),
  );
  expect(findings.map((finding) => finding.rule)).toEqual(['slot-never-assigned']);
  expect(sites).toEqual({ found: 1, edited: 0, fine: 1, review: 0 });
});
