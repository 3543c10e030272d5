// The pipeline of both commands: discover, then one language after the other, then the figures. Writes nothing.
import { type LanguageEntry, languageOf } from '../languages/index.ts';
import { discover } from './discover.ts';
import { touchedLineFormatter } from './format-touched-lines.ts';
import { ledgerOf } from './ledger.ts';
import { type LanguagePart, migrateLanguage } from './migrate-language.ts';
import type { MigrateRequest } from './migrate-request.ts';
import { compareFindings, compareText } from './order.ts';
import type { Outcome } from './outcome.ts';

/**
 * Runs the codemods over a tree and answers what holds.
 * @throws MigrateError for everything that keeps the run from starting: see `errors.ts`.
 */
export async function migrate(request: MigrateRequest): Promise<Outcome> {
  const entries = request.languages.filter((entry) =>
    request.contracts.some(({ language }) => language === entry.id),
  );
  const extensions = entries.flatMap((entry) => entry.extensions);
  const tree = discover({ ...request, wanted: (file) => languageOf(file, entries) !== undefined });
  const step = stepper(request, entries.length);
  const format = await touchedLineFormatter(
    tree.root,
    request.mode === 'run' ? request.format : { mode: 'off', styleFile: undefined },
  );
  const parts: LanguagePart[] = [];
  for (const choice of request.contracts) {
    const entry = entries.find(({ id }) => id === choice.language);
    const files = tree.files.filter((file) => languageOf(file, entries) === entry);
    if (entry === undefined) continue;
    parts.push(await migrateLanguage({ request, entry, choice, root: tree.root, files, format, step }));
  }
  const findings = parts.flatMap((part) => part.findings).sort(compareFindings);
  const warnings = [
    ...(tree.warning === undefined ? [] : [tree.warning]),
    ...parts.flatMap((part) => part.warnings),
  ];
  return {
    mode: request.mode,
    root: tree.root,
    findings,
    results: parts.flatMap((part) => part.results).sort((a, b) => compareText(a.file, b.file)),
    ledger: ledgerOf({
      tallies: parts.map((part) => part.tally),
      sites: parts.flatMap((part) => part.sites),
      findings,
      warnings,
    }),
    nothing: nothingLookedAt(parts, entries, extensions, request.codemods),
    textOf: (file) => first(parts, (part) => part.textOf(file)),
  };
}

function nothingLookedAt(
  parts: readonly LanguagePart[],
  entries: readonly LanguageEntry[],
  extensions: readonly string[],
  codemods: MigrateRequest['codemods'],
): string | undefined {
  const seen = parts.flatMap((part) => part.tally.seen).length;
  const failed = parts.flatMap((part) => part.tally.failures).length;
  const contracts = parts
    .filter((part) => part.tally.seen.length > 0)
    .map((part) => part.contract)
    .join(', ');
  if (seen === 0) {
    const what = entries.map((entry) => entry.name).join(' or ');
    return `No ${what} file was found (${extensions.join(' ')}): give the folder that holds the engine's sources.`;
  }
  if (failed === seen) return undefined;
  if (codemods.every(({ about }) => about === 'sends')) {
    return parts.some((part) => part.subjects > 0 || part.sendsToday())
      ? undefined
      : `None of ${seen} files sends on the old path (msghdr, iovec, sendmsg): give the folder that holds the engine's sources.`;
  }
  if (parts.every((part) => part.candidates === 0)) {
    return `None of ${seen} files mentions the contract (${contracts}): give the engine's folder, or its contract with --contract or --to.`;
  }
  if (parts.every((part) => part.subjects === 0)) {
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

function first<T, R>(items: readonly T[], answer: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = answer(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
