// Applies what codemods decided until the results hold: no overlap, no new compile error, nothing left for a second pass.
// A finding whose edits do not hold is left for review with the reason; its edits are dropped as a whole.
import type { Finding } from '../facts/finding.ts';
import type { ResultProblem } from '../facts/language.ts';
import type { TextEdit } from '../facts/text.ts';
import { type Formatter, touchedLines } from './format-touched-lines.ts';
import { lineMap } from './line-map.ts';
import { compareText } from './order.ts';
import type { FileResult } from './outcome.ts';
import { type AppliedEdit, applyEdits } from './text-edits.ts';

/** What settling needs to know about a language and a tree. */
export interface SettleInput {
  readonly findings: readonly Finding[];
  /** Original text of a file. */
  readonly textOf: (file: string) => string | undefined;
  /** Ranges that did not parse, by file. */
  readonly broken: ReadonlyMap<string, readonly { readonly start: number; readonly end: number }[]>;
  /** New problems of the given texts (file -> whole text); ranges are into those texts. */
  readonly verify: (texts: ReadonlyMap<string, string>) => readonly ResultProblem[];
  readonly format: Formatter;
  /** What the codemods would still edit in the given texts. */
  readonly secondPass: (texts: ReadonlyMap<string, string>) => Promise<readonly Finding[]>;
}

/** Findings with the ones that did not hold turned to review, and the texts that do hold. */
export interface Settled {
  readonly findings: readonly Finding[];
  readonly results: readonly FileResult[];
  readonly warnings: readonly string[];
  /** Findings that were automatic and are not any more. */
  readonly demoted: number;
  /** Review findings that only the second pass brought up. */
  readonly added: number;
}

/** Index into the findings -> why it must not be edited. */
type Objections = ReadonlyMap<number, string>;

interface OwnedEdit extends TextEdit {
  readonly owner: number;
}

interface Draft {
  readonly texts: ReadonlyMap<string, string>;
  readonly applied: ReadonlyMap<string, readonly AppliedEdit<OwnedEdit>[]>;
}

/** Runs to a fixed point: every round drops at least one finding's edits, so it ends. */
export async function settle(input: SettleInput): Promise<Settled> {
  let findings = input.findings;
  const steppedBack: Finding[] = [];
  const object = (objections: Objections): void => {
    const all = withCompanions(findings, objections);
    steppedBack.push(...findings.filter((_, index) => all.has(index)));
    findings = findings.map((finding, index) => leftForReview(finding, all.get(index)));
  };
  object(brokenStatements(findings, input.broken));
  for (;;) {
    const draft = applyAll(findings, input.textOf);
    if (draft instanceof Map) {
      object(draft);
      continue;
    }
    const problems = draft.texts.size === 0 ? [] : input.verify(draft.texts);
    if (problems.length > 0) {
      object(blame(problems, findings, draft, input));
      continue;
    }
    const { texts, warnings } = await formatAll(draft, input);
    const leftovers = texts.size === 0 ? [] : without(await input.secondPass(texts), steppedBack);
    const unstable = blameLeftovers(leftovers, findings);
    if (unstable.size > 0) {
      object(unstable);
      continue;
    }
    const added = leftovers.map((finding) => leftForReview(finding, `only a second pass would edit this`));
    return {
      findings: [...findings, ...added],
      results: [...texts]
        .map(([file, edited]) => ({ file, original: input.textOf(file) ?? '', edited }))
        .sort((a, b) => compareText(a.file, b.file)),
      warnings,
      demoted: steppedBack.length,
      added: added.length,
    };
  }
}

/** What is applied together steps back together. */
function withCompanions(findings: readonly Finding[], objections: Objections): Objections {
  const reasons = new Map<string, string>();
  for (const [index, reason] of objections) {
    const group = findings[index]?.together;
    if (group !== undefined && !reasons.has(group)) reasons.set(group, reason);
  }
  const all = new Map(objections);
  findings.forEach((finding, index) => {
    const reason = finding.together === undefined ? undefined : reasons.get(finding.together);
    if (reason !== undefined && isAutomatic(finding) && !all.has(index))
      all.set(index, `it changes together with a site that is left for review: ${reason}`);
  });
  return all;
}

function leftForReview(finding: Finding, reason: string | undefined): Finding {
  if (reason === undefined) return finding;
  const severity = finding.severity === 'info' ? 'warning' : finding.severity;
  return { ...finding, severity, applicability: 'review', reason, edits: [] };
}

function isAutomatic(finding: Finding): boolean {
  return finding.applicability === 'automatic' && finding.edits.length > 0;
}

function brokenStatements(findings: readonly Finding[], broken: SettleInput['broken']): Objections {
  const objections = new Map<number, string>();
  findings.forEach((finding, index) => {
    const hit = finding.edits.some((edit) =>
      (broken.get(edit.file) ?? []).some(
        (range) => edit.start < range.end && range.start < Math.max(edit.end, edit.start + 1),
      ),
    );
    if (isAutomatic(finding) && hit) objections.set(index, 'the statement to edit does not parse');
  });
  return objections;
}

function applyAll(findings: readonly Finding[], textOf: SettleInput['textOf']): Draft | Map<number, string> {
  const byFile = new Map<string, OwnedEdit[]>();
  findings.forEach((finding, owner) => {
    if (!isAutomatic(finding)) return;
    for (const edit of finding.edits) {
      const edits = byFile.get(edit.file) ?? [];
      edits.push({ ...edit, owner });
      byFile.set(edit.file, edits);
    }
  });
  const texts = new Map<string, string>();
  const applied = new Map<string, readonly AppliedEdit<OwnedEdit>[]>();
  const objections = new Map<number, string>();
  for (const [file, edits] of byFile) {
    const original = textOf(file);
    const owners = [...new Set(edits.map((edit) => edit.owner))];
    if (original === undefined) {
      for (const owner of owners)
        objections.set(owner, `${file} cannot be edited: it is not part of the tree`);
      continue;
    }
    const result = applyEdits(original, edits);
    if ('overlap' in result) {
      const [first, second] = result.overlap;
      for (const [edit, other] of [
        [first, second],
        [second, first],
      ] as const) {
        objections.set(
          edit.owner,
          `its edit overlaps one of ${findings[other.owner]?.rule ?? 'another rule'}`,
        );
      }
    } else if (result.text !== original) {
      texts.set(file, result.text);
      applied.set(file, result.applied);
    }
  }
  return objections.size > 0 ? objections : { texts, applied };
}

/** Finds whose edits caused the problems: the ones on the same line, or else the ones without which a problem is gone. */
function blame(
  problems: readonly ResultProblem[],
  findings: readonly Finding[],
  draft: Draft,
  input: SettleInput,
): Objections {
  const objections = new Map<number, string>();
  const unplaced: ResultProblem[] = [];
  for (const problem of problems) {
    const owners = ownersOnLine(problem, draft);
    for (const owner of owners)
      if (!objections.has(owner)) objections.set(owner, reasonOf(problem, draft, input));
    if (owners.length === 0) unplaced.push(problem);
  }
  // The rest may be consequences of what was just found; only when nothing was is the search worth its price.
  const [problem] = unplaced;
  if (objections.size > 0 || problem === undefined) return objections;
  const owners = findings.map((_, index) => index).filter((index) => isAutomatic(findings[index] as Finding));
  const near = (index: number): number =>
    findings[index]?.edits.some((edit) => edit.file === problem.range.file) ? 0 : 1;
  const culprit = owners
    .toSorted((a, b) => near(a) - near(b) || a - b)
    .find((index) => {
      const others = applyAll(
        findings.map((finding, at) => leftForReview(finding, at === index ? '' : undefined)),
        input.textOf,
      );
      return !(others instanceof Map) && !input.verify(others.texts).some((other) => isSame(other, problem));
    });
  const guilty = culprit === undefined ? owners : [culprit];
  return new Map(guilty.map((index) => [index, reasonOf(problem, draft, input)]));
}

function ownersOnLine({ range }: ResultProblem, draft: Draft): readonly number[] {
  const text = draft.texts.get(range.file);
  if (text === undefined) return [];
  const lines = lineMap(text);
  const first = lines.position(range.start).line;
  const last = lines.position(Math.max(range.start, range.end - 1)).line;
  const hits = (draft.applied.get(range.file) ?? []).filter(
    ({ start, end }) => lines.position(start).line <= last && lines.position(end).line >= first,
  );
  const exact = hits.filter(({ start, end }) => start <= range.end && end >= range.start);
  return [...new Set((exact.length > 0 ? exact : hits).map(({ edit }) => edit.owner))];
}

function reasonOf({ range, message }: ResultProblem, draft: Draft, input: SettleInput): string {
  const text = draft.texts.get(range.file) ?? input.textOf(range.file);
  const line = text === undefined ? '' : `:${lineMap(text).position(range.start).line}`;
  return `the result would not compile: ${message} (${range.file}${line})`;
}

function isSame(a: ResultProblem, b: ResultProblem): boolean {
  return a.range.file === b.range.file && a.message === b.message;
}

async function formatAll(
  draft: Draft,
  input: SettleInput,
): Promise<{ readonly texts: ReadonlyMap<string, string>; readonly warnings: readonly string[] }> {
  const texts = new Map(draft.texts);
  const warnings = new Set<string>();
  await inTwos([...draft.texts], async ([file, text]) => {
    const formatted = await input.format(file, text, touchedLines(text, draft.applied.get(file) ?? []));
    if ('warning' in formatted) warnings.add(formatted.warning);
    if ('text' in formatted) texts.set(file, formatted.text);
  });
  const relaid = [...texts].some(([file, text]) => text !== draft.texts.get(file));
  for (const { range, message } of relaid ? input.verify(texts) : []) {
    const spelled = draft.texts.get(range.file);
    if (spelled !== undefined) texts.set(range.file, spelled);
    warnings.add(`${range.file}: the layout of clang-format was not taken, since then ${message}`);
  }
  return { texts, warnings: [...warnings].sort() };
}

/** Two processes at a time: more would only wait for each other on a small machine. */
async function inTwos<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all([worker(), worker()]);
}

/** Findings but for the ones known already; positions may have moved, so words and edits tell which is which. */
function without(findings: readonly Finding[], known: readonly Finding[]): readonly Finding[] {
  const keyOf = ({ rule, range, message, edits }: Finding): string =>
    JSON.stringify([rule, range.file, message, edits.map((edit) => [edit.file, edit.text])]);
  const left = new Map<string, number>();
  for (const key of known.map(keyOf)) left.set(key, (left.get(key) ?? 0) + 1);
  return findings.filter((finding) => {
    const key = keyOf(finding);
    const count = left.get(key) ?? 0;
    left.set(key, count - 1);
    return count <= 0;
  });
}

/** A result that the second pass would edit again is not stable: everything that edited that file steps back. */
function blameLeftovers(leftovers: readonly Finding[], findings: readonly Finding[]): Objections {
  const objections = new Map<number, string>();
  for (const leftover of leftovers) {
    const files = new Set(leftover.edits.map((edit) => edit.file));
    findings.forEach((finding, index) => {
      if (isAutomatic(finding) && finding.edits.some((edit) => files.has(edit.file))) {
        objections.set(index, `a second pass would edit the result again: ${leftover.message}`);
      }
    });
  }
  return objections;
}
