// Every C and C++ fixture through the adapter and the policy, as `run` and `check` use them.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readOnlyChanges } from '../../codemods/contract/read-only-changes.ts';
import { shippedContracts } from '../../codemods/contract/shipped.ts';
import type { Verdict } from '../../codemods/facts/codemod.ts';
import type { Contract, ContractText } from '../../codemods/facts/slot.ts';
import { cpp } from '../../codemods/languages/cpp/index.ts';
import { readonlyResponseHeader } from '../../codemods/readonly-response-header.ts';
import { signatureDrift } from '../../codemods/signature-drift.ts';
import { applyFindings } from '../support/apply-findings.ts';
import { type FixtureCase, fixtureCases, lineOf, wants } from '../support/fixture-cases.ts';
import { sourcesInMemory } from '../support/sources-in-memory.ts';

const shipped = shippedContracts.find(({ language }) => language === 'cpp');
if (shipped === undefined) throw new Error('no contract is shipped for C and C++');
const { old: OLD, new: TODAY } = shipped;

function contractText(path: string): ContractText {
  return { file: path, path, text: readFileSync(path, 'utf8') };
}

async function decide(
  texts: Readonly<Record<string, string>>,
  { from, to }: Pick<FixtureCase, 'from' | 'to'>,
  codemod: typeof signatureDrift,
): Promise<Verdict> {
  const target = [contractText(to ?? TODAY)];
  const contract = await cpp.readContract(target);
  const source: Contract | undefined =
    from === undefined && to !== undefined ? undefined : await cpp.readContract([contractText(from ?? OLD)]);
  const sources = sourcesInMemory(texts);
  const candidates = sources.files.filter((file) => cpp.mentions(target)(texts[file] ?? ''));
  const program = await cpp.open(sources, contract, candidates);
  return codemod.decide({ program, language: cpp, contract, changes: readOnlyChanges(source, contract) });
}

describe('readonly-response-header on C and C++', () => {
  for (const fixture of fixtureCases('readonly-response-header', 'cpp')) {
    test(fixture.name, async () => {
      const verdict = await decide(fixture.input, fixture, readonlyResponseHeader);
      const reviews = verdict.findings.filter((finding) => finding.applicability === 'review');
      const wanted = wants(fixture.input, 'want review');
      const said = reviews.map((finding) => {
        const line = lineOf(fixture.input[finding.range.file] ?? '', finding.range.start);
        const match = wanted.find(
          (want) =>
            want.file === finding.range.file && want.line === line && finding.reason?.includes(want.what),
        );
        return `${finding.range.file}:${line} ${match?.what ?? finding.reason}`;
      });
      expect(said.sort()).toEqual(wanted.map((want) => `${want.file}:${want.line} ${want.what}`).sort());
      const output = applyFindings(fixture.input, verdict);
      expect(output).toEqual(fixture.output);
      const again = await decide(output, fixture, readonlyResponseHeader);
      expect(again.findings.filter((finding) => finding.applicability === 'automatic')).toEqual([]);
      const { found, edited, fine, review } = verdict.sites;
      expect(found).toBe(edited + fine + review);
    });
  }
});

describe('signature-drift on C and C++', () => {
  for (const fixture of fixtureCases('signature-drift', 'cpp')) {
    test(fixture.name, async () => {
      const verdict = await decide(fixture.input, fixture, signatureDrift);
      const said = verdict.findings.map(
        (finding) =>
          `${finding.range.file}:${lineOf(fixture.input[finding.range.file] ?? '', finding.range.start)} ${finding.rule}`,
      );
      expect(said.sort()).toEqual(
        wants(fixture.input, 'want')
          .map((want) => `${want.file}:${want.line} ${want.what}`)
          .sort(),
      );
    });
  }
});
