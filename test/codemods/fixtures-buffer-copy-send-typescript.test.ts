// Every TypeScript fixture of buffer-copy-send through the adapter and the policy, as `run` uses them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bufferCopySend } from '../../codemods/buffer-copy-send.ts';
import { shippedContracts } from '../../codemods/contract/shipped.ts';
import type { Verdict } from '../../codemods/facts/codemod.ts';
import type { Program } from '../../codemods/facts/language.ts';
import type { ContractText } from '../../codemods/facts/slot.ts';
import { typescript } from '../../codemods/languages/typescript/index.ts';
import { applyFindings } from '../support/apply-findings.ts';
import { type FixtureCase, fixtureCases, lineOf, wants } from '../support/fixture-cases.ts';
import { sourcesInMemory } from '../support/sources-in-memory.ts';

type Texts = Readonly<Record<string, string>>;

const shipped = shippedContracts.find(({ language }) => language === 'typescript');
if (shipped === undefined) throw new Error('no contract is shipped for TypeScript');
const { old: OLD, new: TODAY } = shipped;
const PROJECT = join(import.meta.dirname, '../..');
const FOLDER = join(PROJECT, 'fixtures/buffer-copy-send/typescript');

const OPTIONS = {
  target: 'es2023',
  lib: ['es2023'],
  module: 'esnext',
  moduleResolution: 'bundler',
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
};

function contractText(path: string): ContractText {
  return { file: path, path, text: readFileSync(path, 'utf8') };
}

interface Decided {
  readonly program: Program;
  readonly verdict: Verdict;
}

async function decide(texts: Texts, fixture: FixtureCase): Promise<Decided> {
  const sources = sourcesInMemory(texts, FOLDER, {
    [join(FOLDER, 'tsconfig.json')]: JSON.stringify({ compilerOptions: OPTIONS }),
    // The package's own name would lead to its build, which may be there or not.
    [join(PROJECT, 'package.json')]: undefined,
  });
  const target = [contractText(fixture.to ?? TODAY)];
  const contract = await typescript.readContract(target, sources.readOther);
  const holding = (holds: (text: string) => boolean): readonly string[] =>
    sources.files.filter((file) => holds(texts[file] ?? ''));
  const program = await typescript.open(sources, contract, holding(typescript.mentions(target)), {
    senders: holding(typescript.mentionsSends(target)),
  });
  return {
    program,
    verdict: bufferCopySend.decide({
      program,
      language: typescript,
      contract,
      isNamed: fixture.to !== undefined,
      changes: [],
    }),
  };
}

describe('buffer-copy-send on TypeScript', () => {
  for (const fixture of fixtureCases('buffer-copy-send', 'typescript')) {
    test(fixture.name, async () => {
      const { input } = fixture;
      const { program, verdict } = await decide(input, fixture);
      const wanted = wants(input, 'want review');
      const said = verdict.findings
        .filter((finding) => finding.applicability === 'review')
        .map(({ range, reason }) => {
          const line = lineOf(input[range.file] ?? '', range.start);
          const match = wanted.find(
            (want) => want.file === range.file && want.line === line && reason?.includes(want.what),
          );
          return `${range.file}:${line} ${match?.what ?? reason}`;
        });
      expect(said.sort()).toEqual(wanted.map((want) => `${want.file}:${want.line} ${want.what}`).sort());
      const output = applyFindings(input, verdict);
      expect(output).toEqual(fixture.output);
      const edited = new Map(Object.entries(output).filter(([file, text]) => text !== input[file]));
      expect(edited.size === 0 ? [] : program.verify(edited)).toEqual([]);
      const again = await decide(output, fixture);
      expect(again.verdict.findings.filter(({ applicability }) => applicability === 'automatic')).toEqual([]);
      const { found, edited: changed, fine, review } = verdict.sites;
      expect(found).toBe(changed + fine + review);
    });
  }

  test('every input and output compiles', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fixtures-'));
    try {
      const config = {
        compilerOptions: {
          ...OPTIONS,
          paths: { 'kv-engine-migrate/engine': [TODAY], 'kv-engine-migrate/engine/v1': [OLD] },
        },
        include: [`${FOLDER}/**/*.ts`],
      };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
      execFileSync(process.execPath, [join(PROJECT, 'node_modules/typescript/bin/tsc'), '-p', folder], {
        encoding: 'utf8',
        stdio: 'pipe',
      });
    } catch (error) {
      expect((error as { stdout?: string }).stdout ?? error).toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 60_000);
});
