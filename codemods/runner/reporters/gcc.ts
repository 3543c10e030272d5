// The report in the form of a compiler's messages, which editors and CI matchers know: one line per place.
import type { LocatedFinding, Reporter } from './report.ts';

const words = { error: 'error', warning: 'warning', info: 'note' } as const;

/** `file:line:column: error: text [rule]`, related places as `note:` lines after it. */
export const gcc: Reporter = {
  id: 'gcc',
  summary: "compiler-like lines 'file:line:column: error: text [rule]'",
  render: (report) =>
    (report.diff ?? '') +
    report.findings
      .filter((finding) => finding.open || finding.severity === 'info')
      .flatMap(toLines)
      .map((line) => `${line}\n`)
      .join('') +
    report.ledger.failures
      .map(({ file, reason, detail }) => `${file}:1:1: error: ${oneLine(detail ?? reason)} [${reason}]\n`)
      .join(''),
};

function toLines(finding: LocatedFinding): readonly string[] {
  const why = finding.reason === undefined ? '' : ` (${finding.reason})`;
  const types =
    finding.expected === undefined
      ? ''
      : `; expected ${finding.expected}, found ${finding.found ?? 'nothing'}`;
  const text = oneLine(finding.message + types + why);
  return [
    `${place(finding)}: ${words[finding.severity]}: ${text} [${finding.rule}]`,
    ...finding.related.map((each) => `${place(each)}: note: ${oneLine(each.message)}`),
  ];
}

function place({
  file,
  line,
  column,
}: {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}): string {
  return `${file}:${line}:${column}`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
