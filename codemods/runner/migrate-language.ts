// The pipeline of one language: scan, read the contract, parse, decide, settle. Writes nothing.
import type { Codemod, SiteCount, Verdict } from '../facts/codemod.ts';
import type { Finding } from '../facts/finding.ts';
import { LanguageError, type Program } from '../facts/language.ts';
import { SENDS_TODAY } from '../facts/send.ts';
import type { Contract } from '../facts/slot.ts';
import type { LanguageEntry } from '../languages/index.ts';
import { readContractTexts } from './contract-texts.ts';
import { MigrateError } from './errors.ts';
import type { Formatter } from './format-touched-lines.ts';
import type { FileTally } from './ledger.ts';
import { lineMap } from './line-map.ts';
import type { ContractChoice, MigrateRequest } from './migrate-request.ts';
import { compareText } from './order.ts';
import type { FileResult } from './outcome.ts';
import { scan } from './scan.ts';
import { settle } from './settle.ts';
import { overlaySources, readSources, type TreeSources } from './sources.ts';

/** What one language came to. */
export interface LanguagePart {
  readonly tally: FileTally;
  readonly candidates: number;
  /** Implementations of slots, and sites of the old send path. */
  readonly subjects: number;
  /** Whether any file sends on the new path; looked at only where none sends on the old one. */
  readonly sendsToday: () => boolean;
  /** What the contract was called. */
  readonly contract: string;
  readonly findings: readonly Finding[];
  readonly results: readonly FileResult[];
  readonly sites: readonly SiteCount[];
  readonly warnings: readonly string[];
  readonly textOf: (file: string) => string | undefined;
}

/** One language of a request. */
export interface LanguageInput {
  readonly request: MigrateRequest;
  readonly entry: LanguageEntry;
  readonly choice: ContractChoice;
  readonly root: string;
  readonly files: readonly string[];
  readonly format: Formatter;
  readonly step: (name: string) => void;
}

/** Runs the codemods over the files of one language. A tree without a candidate loads no parser. */
export async function migrateLanguage(input: LanguageInput): Promise<LanguagePart> {
  const { request, entry, choice, root, files } = input;
  const sources = readSources(root, files);
  const place = { cwd: request.cwd, root, files };
  // What the user named has to be there in any case; what the package ships is read when it is needed.
  const isIdle = files.length === 0 && !choice.replacesCopies;
  const texts = isIdle ? [] : readContractTexts(place, choice.to);
  const before = isIdle || request.mode === 'check' ? [] : readContractTexts(place, choice.from);
  const named = new Map(texts.map((each) => [each.file, each.text]));
  const textOf = (file: string): string | undefined => sources.read(file) ?? named.get(file);
  const part = {
    contract: texts.map(({ file }) => file).join(', '),
    subjects: 0,
    sendsToday: () => sources.files.some((file) => SENDS_TODAY.test(sources.read(file) ?? '')),
    findings: [],
    results: [],
    sites: [],
    warnings: [],
    textOf,
  };
  if (files.length === 0) return { ...part, candidates: 0, tally: tallyOf(sources, undefined, []) };
  input.step('scan');
  const adapter = await entry.load();
  const isAbout = (what: Codemod['about']): boolean =>
    request.codemods.some((codemod) => codemod.about === what);
  const never = (): boolean => false;
  const mentions = isAbout('slots') ? adapter.mentions(texts) : never;
  const mentionsSends = isAbout('sends') ? adapter.mentionsSends(texts) : never;
  const forSlots = scan(sources, mentions);
  const senders = scan(sources, mentionsSends);
  const candidates = [...new Set([...forSlots, ...senders])].sort(compareText);
  const readOther = sources.readOther;
  const readContract = (): Promise<Contract> => asMigrateError(() => adapter.readContract(texts, readOther));
  if (candidates.length === 0) {
    // A contract that does not even mention itself declares nothing: the reader knows why, and says so.
    if (isAbout('slots') && !texts.every(({ text }) => mentions(text))) await readContract();
    return { ...part, candidates: 0, tally: tallyOf(sources, undefined, []) };
  }

  input.step('contract');
  const contract = await readContract();
  const from = await asMigrateError(async () =>
    before.length === 0 ? undefined : adapter.readContract(before, readOther),
  );
  const changes = request.changesBetween(from, contract);
  const decide = (program: Program): readonly Verdict[] =>
    request.codemods.map((codemod) =>
      codemod.decide({
        program,
        language: adapter,
        contract,
        contractReplacesCopies: choice.replacesCopies,
        isNamed: request.codemodsAreNamed === true,
        changes,
      }),
    );

  input.step('parse');
  const options = {
    purpose: request.mode === 'check' ? 'compare' : 'rewrite',
    contractIsNamed: choice.replacesCopies,
  } as const;
  const program = await adapter.open(sources, contract, forSlots, { ...options, senders });
  input.step('decide');
  const verdicts = decide(program);
  const subjects =
    (isAbout('slots') ? program.implementations().length + program.unresolved().length : 0) +
    program.sends().reduce((sum, group) => sum + group.sites.length, 0);
  const found = verdicts.flatMap((verdict) => verdict.findings);
  const sites = verdicts.map((verdict) => verdict.sites);
  const seen = { ...part, candidates: candidates.length, subjects };
  if (request.mode === 'check') {
    return { ...seen, findings: found, sites, tally: tallyOf(sources, program, candidates) };
  }

  input.step('apply');
  const settled = await settle({
    findings: found,
    textOf: sources.read,
    // No edit goes into a file that failed: where its statements end is not known.
    broken: new Map(
      program
        .health()
        .map(({ file, broken, failed }) => [
          file,
          failed === undefined ? broken : [{ start: 0, end: Number.POSITIVE_INFINITY }],
        ]),
    ),
    verify: (edited) => program.verify(edited),
    format: entry.formatter === undefined ? async () => ({ skipped: true }) : input.format,
    secondPass: async (edited) => {
      input.step('second pass');
      const overlay = overlaySources(sources, edited);
      const still = (before: readonly string[], holds: (text: string) => boolean): readonly string[] => {
        const unedited = new Set(before);
        return files.filter((file) => {
          const text = edited.get(file);
          return text === undefined ? unedited.has(file) : holds(text);
        });
      };
      const second = await adapter.open(overlay, contract, still(forSlots, mentions), {
        ...options,
        senders: still(senders, mentionsSends),
      });
      const again = decide(second).flatMap((verdict) => verdict.findings);
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

async function asMigrateError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof LanguageError ? new MigrateError(error.code, error.message) : error;
  }
}

function tallyOf(
  sources: TreeSources,
  program: Program | undefined,
  candidates: readonly string[],
): FileTally {
  const known = new Set(sources.files);
  const health = (program?.health() ?? []).filter(({ file }) => known.has(file));
  const unparsable = health.flatMap(({ file, failed }) =>
    failed === undefined ? [] : [{ file, reason: 'unparsable' as const, detail: failed }],
  );
  return {
    seen: sources.files,
    parsed: new Set([...candidates, ...health.map(({ file }) => file)]),
    failures: [...sources.failures(), ...unparsable].sort((a, b) => compareText(a.file, b.file)),
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
