// Every C and C++ case of buffer-copy-send through the adapter and the policy, as `run` uses them.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bufferCopySend } from '../../codemods/buffer-copy-send.ts';
import { shippedContracts } from '../../codemods/contract/shipped.ts';
import type { Verdict } from '../../codemods/facts/codemod.ts';
import { cpp } from '../../codemods/languages/cpp/index.ts';
import { applyFindings } from '../support/apply-findings.ts';
import { lineOf, wants } from '../support/fixture-cases.ts';
import { sendFixtures } from '../support/send-fixtures.ts';
import { sourcesInMemory } from '../support/sources-in-memory.ts';

const shipped = shippedContracts.find(({ language }) => language === 'cpp');
if (shipped === undefined) throw new Error('no contract is shipped for C and C++');
const TODAY = shipped.new;

async function decide(texts: Readonly<Record<string, string>>, to: string | undefined): Promise<Verdict> {
  const path = to ?? TODAY;
  const target = [{ file: path, path, text: readFileSync(path, 'utf8') }];
  const contract = await cpp.readContract(target);
  const sources = sourcesInMemory(texts);
  const senders = sources.files.filter((file) => cpp.mentionsSends(target)(texts[file] ?? ''));
  const program = await cpp.open(sources, contract, [], { senders, contractIsNamed: to !== undefined });
  return bufferCopySend.decide({ program, language: cpp, contract, isNamed: true, changes: [] });
}

describe('buffer-copy-send on C and C++', () => {
  for (const fixture of sendFixtures()) {
    test(fixture.name, async () => {
      const verdict = await decide(fixture.input, fixture.to);
      const reviews = verdict.findings.filter((finding) => finding.applicability === 'review');
      const wanted = wants(fixture.input, 'want review');
      const said = reviews.map((finding) => {
        const line = lineOf(fixture.input[finding.range.file] ?? '', finding.range.start);
        const match = wanted.find(
          (want) =>
            want.file === finding.range.file &&
            want.line === line &&
            finding.reason?.endsWith(`explain ${want.what})`),
        );
        return `${finding.range.file}:${line} ${match?.what ?? finding.reason}`;
      });
      expect(said.sort()).toEqual(wanted.map((want) => `${want.file}:${want.line} ${want.what}`).sort());
      const output = applyFindings(fixture.input, verdict);
      expect(output).toEqual(fixture.output);
      const again = await decide(output, fixture.to);
      expect(again.findings.filter((finding) => finding.applicability === 'automatic')).toEqual([]);
      const { found, edited, fine, review } = verdict.sites;
      expect(found).toBe(edited + fine + review);
    });
  }
});
