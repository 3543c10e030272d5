// The pipeline of both commands, one language after the other: discover, scan, parse, decide, settle. Writes nothing.
import { join, relative, resolve } from 'node:path';
import type { Codemod, SiteCount, Verdict } from '../facts/codemod.ts';
import type { Finding } from '../facts/finding.ts';
import { type Language, LanguageError, type Program } from '../facts/language.ts';
import type { Contract, ContractText, ReadOnlyChange } from '../facts/slot.ts';
import { type LanguageEntry, languageOf } from '../languages/index.ts';
import { discover, isWithin, toSlashes } from './discover.ts';
import { MigrateError } from './errors.ts';
import { type FormatOptions, touchedLineFormatter } from './format-touched-lines.ts';
import { type FileTally, ledgerOf } from './ledger.ts';
import { lineMap } from './line-map.ts';
import type { FileResult, Outcome } from './outcome.ts';
import { scan } from './scan.ts';
import { settle } from './settle.ts';
import { overlaySources, readSources, readText, type TreeSources } from './sources.ts';

/** The contract files of one language, absolute or relative to `cwd`. No `from`: everything read-only in `to` became so. */
export interface ContractChoice {
  readonly language: Language['id'];
  readonly from: readonly string[];
  readonly to: readonly string[];
}

/** One run of `check` or `run`. */
export interface MigrateRequest {
  readonly mode: 'check' | 'run';
  /** Absolute path that the other paths are relative to. */
  readonly cwd: string;
  readonly paths: readonly string[];
  readonly codemods: readonly Codemod[];
  /** Only files of these languages are looked at. */
  readonly contracts: readonly ContractChoice[];
  readonly languages: readonly LanguageEntry[];
  /** What became read-only between two contracts. */
  readonly changesBetween: (from: Contract | undefined, to: Contract) => readonly ReadOnlyChange[];
  readonly format: FormatOptions;
  /** Told before each step. */
  readonly onStep?: (step: string, done: number, total: number) => void;
}

/**
 * Runs the codemods over a tree and answers what holds.
 * @throws MigrateError for everything that keeps the run from starting: see `errors.ts`.
 */
export async function migrate(request: MigrateRequest): Promise<Outcome> {
  const entries = request.languages.filter((entry) => request.contracts.some(({ language }) => language === entry.id));
  const extensions = entries.flatMap((entry) => entry.extensions);
  const tree = discover({ ...request, wanted: (file) => languageOf(file, entries) !== undefined });
  const step = stepper(request, entries.length);
  const parts: LanguagePart[] = [];
  for (const choice of request.contracts) {
    const entry = entries.find(({ id }) => id === choice.language);
    const files = tree.files.filter((file) => languageOf(file, entries) === entry);
    if (entry === undefined) continue;
    parts.push(await migrateLanguage({ request, entry, choice, root: tree.root, files, step }));
  }
  const findings = parts.flatMap((part) => part.findings).sort(byPlace);
  const warnings = [...(tree.warning === undefined ? [] : [tree.warning]), ...parts.flatMap((part) => part.warnings)];
  return {
    mode: request.mode,
    root: tree.root,
    findings,
    results: parts.flatMap((part) => part.results).sort((a, b) => compare(a.file, b.file)),
    ledger: ledgerOf({
      tallies: parts.map((part) => part.tally),
      sites: parts.flatMap((part) => part.sites),
      findings,
      warnings,
    }),
    nothing: nothingLookedAt(parts, entries, extensions),
    textOf: (file) => first(parts, (part) => part.textOf(file)),
  };
}

interface LanguagePart {
  readonly tally: FileTally;
  readonly candidates: number;
  readonly implementations: number;
  /** What the contract was called. */
  readonly contract: string;
  readonly findings: readonly Finding[];
  readonly results: readonly FileResult[];
  readonly sites: readonly SiteCount[];
  readonly warnings: readonly string[];
  readonly textOf: (file: string) => string | undefined;
}

interface LanguageInput {
  readonly request: MigrateRequest;
  readonly entry: LanguageEntry;
  readonly choice: ContractChoice;
  readonly root: string;
  readonly files: readonly string[];
  readonly step: (name: string) => void;
}

async function migrateLanguage(input: LanguageInput): Promise<LanguagePart> {
  const { request, entry, choice, root, files } = input;
  const sources = readSources(root, files);
  const texts = choice.to.map((file) => readContractText(request.cwd, root, files, file));
  const named = new Map(texts.map((each) => [each.file, each.text]));
  const textOf = (file: string): string | undefined => sources.read(file) ?? named.get(file);
  const part = {
    contract: texts.map(({ file }) => file).join(', '),
    implementations: 0,
    findings: [],
    results: [],
    sites: [],
    warnings: [],
    textOf,
  };
  if (files.length === 0) return { ...part, candidates: 0, tally: tallyOf(sources, undefined, []) };
  input.step('scan');
  const adapter = await entry.load();
  const mentions = adapter.mentions(texts);
  const candidates = scan(sources, mentions);
  if (candidates.length === 0) return { ...part, candidates: 0, tally: tallyOf(sources, undefined, []) };

  input.step('contract');
  const readOther = sources.readOther;
  const contract = await asMigrateError(() => adapter.readContract(texts, readOther));
  const from = await asMigrateError(async () => {
    if (request.mode === 'check' || choice.from.length === 0) return undefined;
    return adapter.readContract(choice.from.map((file) => readContractText(request.cwd, root, files, file)), readOther);
  });
  const changes = request.changesBetween(from, contract);
  const decide = (program: Program): readonly Verdict[] =>
    request.codemods.map((codemod) => codemod.decide({ program, language: adapter, contract, changes }));

  input.step('parse');
  const program = await adapter.open(sources, contract, candidates);
  const implementations = program.implementations().length;
  input.step('decide');
  const verdicts = decide(program);
  const found = verdicts.flatMap((verdict) => verdict.findings);
  const sites = verdicts.map((verdict) => verdict.sites);
  const seen = { ...part, candidates: candidates.length, implementations };
  if (request.mode === 'check') {
    return { ...seen, findings: found, sites, tally: tallyOf(sources, program, candidates) };
  }

  input.step('apply');
  const settled = await settle({
    findings: found,
    textOf: sources.read,
    broken: new Map(program.health().map(({ file, broken }) => [file, broken])),
    verify: (edited) => program.verify(edited),
    format:
      entry.formatter === undefined
        ? async () => ({ skipped: true })
        : await touchedLineFormatter(root, request.format),
    secondPass: async (edited) => {
      input.step('second pass');
      const overlay = overlaySources(sources, edited);
      const still = files.filter((file) => (edited.has(file) ? mentions(overlay.read(file) ?? '') : candidates.includes(file)));
      const again = decide(await adapter.open(overlay, contract, still)).flatMap((verdict) => verdict.findings);
      return again.filter((finding) => finding.applicability === 'automatic' && finding.edits.length > 0);
    },
  });
  return {
    ...seen,
    findings: settled.findings,
    results: settled.results,
    sites: [
      ...sites,
      { found: 0, edited: -settled.demoted, fine: 0, review: settled.demoted },
      { found: settled.added, edited: 0, fine: 0, review: settled.added },
    ],
    warnings: settled.warnings,
    tally: tallyOf(sources, program, candidates),
  };
}

function readContractText(cwd: string, root: string, files: readonly string[], given: string): ContractText {
  const path = resolve(cwd, given);
  const result = readText(path);
  if ('text' in result) return { file: contractName(path, root, given, files), path, text: result.text };
  const why = result.reason === 'vanished' ? 'There is no' : 'This is no readable UTF-8 text as a';
  throw new MigrateError('contract-unreadable', `${why} contract file "${given}".`);
}

/** A contract of the tree is named like every file of it; another one as it was given, unless a file is called so, too. */
function contractName(path: string, root: string, given: string, files: readonly string[]): string {
  if (isWithin(root, path)) return toSlashes(relative(root, path));
  const name = toSlashes(given);
  return files.includes(name) ? toSlashes(path) : name;
}

async function asMigrateError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof LanguageError ? new MigrateError(error.code, error.message) : error;
  }
}

function tallyOf(sources: TreeSources, program: Program | undefined, candidates: readonly string[]): FileTally {
  const known = new Set(sources.files);
  const health = (program?.health() ?? []).filter(({ file }) => known.has(file));
  const unparsable = health.flatMap(({ file, failed }) =>
    failed === undefined ? [] : [{ file, reason: 'unparsable' as const, detail: failed }],
  );
  return {
    seen: sources.files,
    parsed: new Set([...candidates, ...health.map(({ file }) => file)]),
    failures: [...sources.failures(), ...unparsable].sort((a, b) => compare(a.file, b.file)),
    partlyParsed: health.flatMap(({ file, broken, failed }) => {
      if (broken.length === 0 || failed !== undefined) return [];
      const lines = lineMap(sources.read(file) ?? '');
      const toLines = broken.map(({ start, end }) => ({
        line: lines.position(start).line,
        endLine: lines.position(Math.max(start, end - 1)).line,
      }));
      return [{ file, broken: toLines }];
    }),
  };
}

function nothingLookedAt(
  parts: readonly LanguagePart[],
  entries: readonly LanguageEntry[],
  extensions: readonly string[],
): string | undefined {
  const seen = parts.flatMap((part) => part.tally.seen).length;
  const failed = parts.flatMap((part) => part.tally.failures).length;
  const contracts = parts.filter((part) => part.tally.seen.length > 0).map((part) => part.contract).join(', ');
  if (seen === 0) {
    const what = entries.map((entry) => entry.name).join(' or ');
    return `No ${what} file was found (${extensions.join(' ')}): give the folder that holds the engine's sources.`;
  }
  if (failed === seen) return undefined;
  if (parts.every((part) => part.candidates === 0)) {
    return `None of ${seen} files mentions the contract (${contracts}): give the engine's folder, or its contract with --contract or --to.`;
  }
  if (parts.every((part) => part.implementations === 0)) {
    const candidates = parts.reduce((sum, part) => sum + part.candidates, 0);
    return `${candidates} of ${seen} files mention the contract (${contracts}) and none implements or declares a slot of it: give the engine's folder, or its contract with --contract or --to.`;
  }
  return undefined;
}

function stepper(request: MigrateRequest, languageCount: number): (name: string) => void {
  const total = languageCount * (request.mode === 'check' ? 4 : 6);
  let done = 0;
  return (name) => request.onStep?.(name, Math.min(done++, total), total);
}

function byPlace(a: Finding, b: Finding): number {
  return compare(a.range.file, b.range.file) || a.range.start - b.range.start || compare(a.rule, b.rule);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function first<T, R>(items: readonly T[], answer: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = answer(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
