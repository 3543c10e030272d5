// The report for programs: one JSON object, its shape part of the public interface.
import type { LocatedFinding, Report, Reporter } from './report.ts';

/** `{ findings, ledger }`, and `diff` or `written` after a run; absent texts are null. */
export const json: Reporter = {
  id: 'json',
  summary: 'one JSON object: findings with lines and columns, and the ledger',
  render: (report) => `${JSON.stringify(toJson(report), undefined, 2)}\n`,
};

function toJson(report: Report): object {
  return {
    findings: report.findings.map(findingToJson),
    ledger: report.ledger,
    ...(report.diff === undefined ? {} : { diff: report.diff }),
    ...(report.written === undefined ? {} : { written: report.written }),
  };
}

function findingToJson(finding: LocatedFinding): object {
  return {
    rule: finding.rule,
    severity: finding.severity,
    applicability: finding.applicability,
    message: finding.message,
    reason: finding.reason ?? null,
    file: finding.file,
    line: finding.line,
    column: finding.column,
    endLine: finding.endLine,
    endColumn: finding.endColumn,
    expected: finding.expected ?? null,
    found: finding.found ?? null,
    related: finding.related.map(({ file, line, column, message }) => ({ file, line, column, message })),
  };
}
