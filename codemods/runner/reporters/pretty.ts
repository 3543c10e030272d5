// The report for people: what still needs a hand first, each with its source line, then notes, then the ledger.
import type { Ledger } from '../ledger.ts';
import type { LocatedFinding, Location, Paint, Report, Reporter } from './report.ts';

const colours = { error: 'red', warning: 'yellow', info: 'blue' } as const;
const failureWords = {
  binary: 'is a binary file',
  'not-utf8': 'is not UTF-8 text',
  unparsable: 'does not parse',
  unreadable: 'cannot be read',
  vanished: 'is gone',
} as const;
/** Longer source lines are shown around the place only. */
const widest = 160;

/** A compiler-like report with source lines and underlines; a run's diff comes before it. */
export const pretty: Reporter = {
  id: 'pretty',
  summary: 'for people: source lines, the signatures expected and found, related places',
  render(report, paint) {
    const open = report.findings.filter((finding) => finding.open);
    const notes = report.findings.filter((finding) => finding.severity === 'info');
    const blocks = [
      ...open.map((finding) => block(finding, report, paint)),
      notes.map((finding) => note(finding, paint)).join(''),
      (report.written ?? []).map((file) => `${paint('green', 'written')} ${file}\n`).join(''),
      summary(report.ledger, report.mode, paint),
    ];
    return paintDiff(report.diff ?? '', paint) + blocks.filter((text) => text !== '').join('\n');
  },
};

function block(finding: LocatedFinding, report: Report, paint: Paint): string {
  const colour = colours[finding.severity];
  const margin = ' '.repeat(String(finding.line).length);
  const detail = (name: string, text: string | undefined): string[] =>
    text === undefined ? [] : [`${margin} ${paint('blue', '=')} ${name} ${shown(text)}`];
  const lines = [
    `${paint(colour, `${finding.severity}[${finding.rule}]`)}: ${paint('bold', shown(finding.message))}`,
    `${margin}${paint('blue', '-->')} ${at(finding)}`,
    ...source(finding, report, (text) => paint(colour, text), paint),
    ...detail('expected:', finding.expected),
    ...detail('found:   ', finding.found),
    ...detail('reason:  ', finding.reason),
    ...finding.related.map((each) => `${margin} ${paint('blue', '=')} ${at(each)}: ${shown(each.message)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function source(
  { file, line, column, endLine, endColumn }: Location,
  report: Report,
  mark: (text: string) => string,
  paint: Paint,
): readonly string[] {
  const text = report.lineOf(file, line);
  if (text === undefined) return [];
  const skipped = column > widest / 2 && text.length > widest ? column - widest / 2 : 0;
  const visible = text.slice(skipped, skipped + widest);
  const before = visible.slice(0, column - 1 - skipped);
  const length = (endLine === line ? endColumn : text.length + 1) - column;
  const underline = '^'.repeat(Math.max(1, Math.min(length, visible.length - before.length)));
  const margin = ' '.repeat(String(line).length);
  return [
    `${margin} ${paint('blue', '|')}`,
    `${paint('blue', `${line} |`)} ${shown(visible)}`,
    // Tabs stay tabs, so that the mark stands below its text at any tab width.
    `${margin} ${paint('blue', '|')} ${before.replace(/[^\t]/g, ' ')}${mark(underline)}`,
  ];
}

function note(finding: LocatedFinding, paint: Paint): string {
  return `${paint('blue', `note[${finding.rule}]`)} ${at(finding)}: ${shown(finding.message)}\n`;
}

function summary(
  { files, sites, failures, partlyParsed, warnings }: Ledger,
  mode: Report['mode'],
  paint: Paint,
): string {
  const reasons = Object.entries(sites.reasons).sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = [
    ...failures.map(
      ({ file, reason, detail }) =>
        `${paint('red', 'failed')} ${file} ${failureWords[reason]}${detail === undefined ? '' : `: ${shown(detail)}`}`,
    ),
    ...warnings.map((warning) => `${paint('yellow', 'warning')} ${shown(warning)}`),
    ...partly(partlyParsed),
    `files: ${files.seen} seen = ${files.scannedOut} scanned out + ${files.parsed} parsed + ${files.failed} failed`,
    `sites: ${sites.found} found = ${sites.edited} ${mode === 'check' ? 'for run to edit' : 'edited'} + ${sites.fine} fine + ${sites.review} for review`,
    ...reasons.map(([reason, count]) => `  ${count} for review: ${shown(reason)}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Many C++ files have a macro that no grammar knows; which ones is for the json report. */
function partly(files: Ledger['partlyParsed']): readonly string[] {
  if (files.length === 0) return [];
  const statements = files.reduce((sum, { broken }) => sum + broken.length, 0);
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
  const what = `${count(statements, 'statement')} of ${count(files.length, 'file')} did not parse`;
  return [`${what}: nothing is edited there, and the json report lists them`];
}

function paintDiff(diff: string, paint: Paint): string {
  if (diff === '') return '';
  const painted = diff.replace(/^([-+@]).*$/gm, (line, mark: string) => {
    if (line.startsWith('--- ') || line.startsWith('+++ ')) return paint('bold', line);
    return paint(mark === '-' ? 'red' : mark === '+' ? 'green' : 'cyan', line);
  });
  return `${painted}\n`;
}

function at({ file, line, column }: Pick<Location, 'file' | 'line' | 'column'>): string {
  return `${file}:${line}:${column}`;
}

/** Source text must not steer the terminal. */
function shown(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to hide
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '?');
}
