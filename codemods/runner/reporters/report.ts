// What a reporter gets: an outcome with every range turned into lines and columns.
import type { Applicability, Finding, Severity } from '../../facts/finding.ts';
import type { TextRange } from '../../facts/text.ts';
import type { Ledger } from '../ledger.ts';
import { type LineMap, lineMap } from '../line-map.ts';
import { isOpen, type Outcome } from '../outcome.ts';

/** A range as people and editors name it; everything from 1, the end one past the last character. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A finding with locations in place of offsets. */
export interface LocatedFinding extends Location {
  readonly rule: string;
  readonly severity: Severity;
  readonly applicability: Applicability;
  readonly message: string;
  readonly reason: string | undefined;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  readonly related: readonly (Location & { readonly message: string })[];
  /** Somebody still has to act on it once the command is through. */
  readonly open: boolean;
}

/** One report. */
export interface Report {
  readonly mode: Outcome['mode'];
  readonly findings: readonly LocatedFinding[];
  readonly ledger: Ledger;
  /** The unified diff of a run; undefined for a check. */
  readonly diff: string | undefined;
  /** Files that were written; undefined when nothing was to be. */
  readonly written: readonly string[] | undefined;
  /** Text of a line of a file that a finding names; undefined when the file is not at hand. */
  readonly lineOf: (file: string, line: number) => string | undefined;
}

/** How text is decorated: the identity where colours are off. */
export type Paint = (
  style: 'bold' | 'red' | 'yellow' | 'blue' | 'green' | 'cyan' | 'dim',
  text: string,
) => string;

/** One form of report. */
export interface Reporter {
  readonly id: string;
  /** One line for `--help`. */
  readonly summary: string;
  /** The report with its final line end; empty when there is nothing to say. */
  readonly render: (report: Report, paint: Paint) => string;
}

/** Locates an outcome's findings. */
export function reportOf(
  outcome: Outcome,
  extra: { readonly diff?: string | undefined; readonly written?: readonly string[] | undefined },
): Report {
  const maps = new Map<string, LineMap | undefined>();
  const mapOf = (file: string): LineMap | undefined => {
    if (!maps.has(file)) {
      const text = outcome.textOf(file);
      maps.set(file, text === undefined ? undefined : lineMap(text));
    }
    return maps.get(file);
  };
  const locate = ({ file, start, end }: TextRange): Location => {
    const lines = mapOf(file);
    // A file that cannot be read any more still has a name to report.
    if (lines === undefined) return { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
    const from = lines.position(start);
    const to = lines.position(end);
    return { file, ...from, endLine: to.line, endColumn: to.column };
  };
  return {
    mode: outcome.mode,
    findings: outcome.findings.map((finding) => located(finding, locate, outcome.mode)),
    ledger: outcome.ledger,
    diff: extra.diff,
    written: extra.written,
    lineOf: (file, line) => mapOf(file)?.line(line),
  };
}

function located(
  finding: Finding,
  locate: (range: TextRange) => Location,
  mode: Outcome['mode'],
): LocatedFinding {
  const { rule, severity, applicability, message, reason, expected, found } = finding;
  return {
    rule,
    severity,
    applicability,
    message,
    reason,
    ...locate(finding.range),
    expected,
    found,
    related: finding.related.map((each) => ({ ...locate(each.range), message: each.message })),
    open: isOpen(finding, mode),
  };
}
