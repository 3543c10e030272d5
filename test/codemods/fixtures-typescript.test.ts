// Every TypeScript fixture through the adapter and the policy, as `run` and `check` use them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readOnlyChanges } from '../../codemods/contract/read-only-changes.ts';
import { shippedContracts } from '../../codemods/contract/shipped.ts';
import type { Verdict } from '../../codemods/facts/codemod.ts';
import type { Program, Sources } from '../../codemods/facts/language.ts';
import type { ContractText } from '../../codemods/facts/slot.ts';
import { typescript } from '../../codemods/languages/typescript/index.ts';
import { readonlyResponseHeader } from '../../codemods/readonly-response-header.ts';
import { signatureDrift } from '../../codemods/signature-drift.ts';
import { applyFindings } from '../support/apply-findings.ts';
import { type FixtureCase, fixtureCases, lineOf, wants } from '../support/fixture-cases.ts';
import { sourcesInMemory } from '../support/sources-in-memory.ts';

type Texts = Readonly<Record<string, string>>;

const shipped = shippedContracts.find(({ language }) => language === 'typescript');
if (shipped === undefined) throw new Error('no contract is shipped for TypeScript');
const { old: OLD, new: TODAY } = shipped;
const PROJECT = join(import.meta.dirname, '../..');
const FIXTURES = join(PROJECT, 'fixtures');

/** What a fixture is compiled as, whatever this project's own options are. */
const OPTIONS = {
  target: 'es2023',
  module: 'esnext',
  moduleResolution: 'bundler',
  strict: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
};

function contractText(path: string): ContractText {
  return { file: path, path, text: readFileSync(path, 'utf8') };
}

function sourcesOf(codemod: string, texts: Texts): Sources {
  const root = join(FIXTURES, codemod, 'typescript');
  const types = Object.values(texts).some((text) => /\bBuffer\b|\bconsole\b|'node:/.test(text))
    ? ['node']
    : [];
  return sourcesInMemory(texts, root, {
    [join(root, 'tsconfig.json')]: JSON.stringify({ compilerOptions: { ...OPTIONS, types } }),
    // The package's own name would lead to its build, which may be there or not.
    [join(PROJECT, 'package.json')]: undefined,
  });
}

interface Decided {
  readonly program: Program;
  readonly verdict: Verdict;
}

async function decide(texts: Texts, fixture: FixtureCase, codemod: typeof signatureDrift): Promise<Decided> {
  const sources = sourcesOf(codemod.id, texts);
  const target = [contractText(fixture.to ?? TODAY)];
  const contract = await typescript.readContract(target, sources.readOther);
  const before =
    fixture.from === undefined && fixture.to !== undefined
      ? undefined
      : await typescript.readContract([contractText(fixture.from ?? OLD)], sources.readOther);
  const candidates = sources.files.filter((file) => typescript.mentions(target)(texts[file] ?? ''));
  const purpose = codemod === signatureDrift ? 'compare' : 'rewrite';
  const program = await typescript.open(sources, contract, candidates, { purpose });
  const changes = readOnlyChanges(before, contract);
  return { program, verdict: codemod.decide({ program, language: typescript, contract, changes }) };
}

/** Keys below the folder of the codemod, so that a folder case can import its contract from beside it. */
function placed(fixture: FixtureCase, texts: Texts): Texts {
  const isFolder = Object.keys(texts).some((file) => !file.startsWith(`${fixture.name}.input.`));
  return Object.fromEntries(
    Object.entries(texts).map(([file, text]) => [isFolder ? `${fixture.name}.input/${file}` : file, text]),
  );
}

const migrations = fixtureCases('readonly-response-header', 'typescript');

describe('readonly-response-header on TypeScript', () => {
  for (const fixture of migrations) {
    test(fixture.name, async () => {
      const input = placed(fixture, fixture.input);
      const { program, verdict } = await decide(input, fixture, readonlyResponseHeader);
      const reviews = verdict.findings.filter((finding) => finding.applicability === 'review');
      const wanted = wants(input, 'want review');
      const said = reviews.map((finding) => {
        const line = lineOf(input[finding.range.file] ?? '', finding.range.start);
        const match = wanted.find(
          (want) =>
            want.file === finding.range.file && want.line === line && finding.reason?.includes(want.what),
        );
        return `${finding.range.file}:${line} ${match?.what ?? finding.reason}`;
      });
      expect(said.sort()).toEqual(wanted.map((want) => `${want.file}:${want.line} ${want.what}`).sort());
      const output = applyFindings(input, verdict);
      expect(output).toEqual(placed(fixture, fixture.output));
      const edited = new Map(Object.entries(output).filter(([file, text]) => text !== input[file]));
      expect(edited.size === 0 ? [] : program.verify(edited)).toEqual([]);
      const again = await decide(output, fixture, readonlyResponseHeader);
      expect(again.verdict.findings.filter((finding) => finding.applicability === 'automatic')).toEqual([]);
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
          types: ['node'],
          typeRoots: [join(PROJECT, 'node_modules/@types')],
          paths: { 'kv-engine-migrate/engine': [TODAY], 'kv-engine-migrate/engine/v1': [OLD] },
        },
        include: [`${dirname(FIXTURES)}/fixtures/readonly-response-header/typescript/**/*.ts`],
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

describe('signature-drift on TypeScript', () => {
  for (const fixture of fixtureCases('signature-drift', 'typescript')) {
    test(fixture.name, async () => {
      const input = placed(fixture, fixture.input);
      const { verdict } = await decide(input, fixture, signatureDrift);
      const said = verdict.findings.map(
        (finding) =>
          `${finding.range.file}:${lineOf(input[finding.range.file] ?? '', finding.range.start)} ${finding.rule}`,
      );
      expect(said.sort()).toEqual(
        wants(input, 'want')
          .map((want) => `${want.file}:${want.line} ${want.what}`)
          .sort(),
      );
    });
  }
});
