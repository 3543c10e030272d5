// An outcome with one of everything that a reporter has to show.
import type { Finding } from '../../codemods/facts/finding.ts';
import { ledgerOf } from '../../codemods/runner/ledger.ts';
import type { Outcome } from '../../codemods/runner/outcome.ts';

/** Texts by file: a CRLF file with a BOM and a tab before the place, and a contract. */
export const sampleTexts: Readonly<Record<string, string>> = {
  'src/a.c': '\uFEFFint x;\r\n\thandler(T* response);\r\n',
  '/contract.h': 'slot\n  handler;\n',
};

const at = (file: string, word: string) => {
  const start = (sampleTexts[file] ?? '').indexOf(word);
  return { file, start, end: start + word.length };
};

const drift: Finding = {
  rule: 'mutable-parameter',
  severity: 'error',
  applicability: 'review',
  message: 'handler has T*\nwhere the contract has const T*',
  reason: 'it is written to',
  range: at('src/a.c', 'T* response'),
  expected: 'void (const T*)',
  found: 'void (T*)',
  related: [{ range: at('/contract.h', 'handler'), message: "the contract's handler" }],
  edits: [],
};
const edited: Finding = {
  ...drift,
  applicability: 'automatic',
  message: 'x becomes read-only',
  range: at('src/a.c', 'x'),
  related: [],
};
const note: Finding = {
  rule: 'slot-never-assigned',
  severity: 'info',
  applicability: 'review',
  message: 'open is never assigned',
  reason: 'a caller has to test it',
  range: { file: 'gone.c', start: 5, end: 9 },
  related: [],
  edits: [],
};

/** The outcome of a check or a run over those texts. */
export function sampleOutcome(mode: Outcome['mode']): Outcome {
  const findings = [note, edited, drift];
  return {
    mode,
    root: '/root',
    findings,
    results: [],
    nothing: undefined,
    textOf: (file) => sampleTexts[file],
    ledger: ledgerOf({
      findings,
      sites: [{ found: 4, edited: 1, fine: 1, review: 2 }],
      warnings: ['clang-format is not on PATH'],
      tallies: [
        {
          seen: ['src/a.c', 'b.c', 'bin.c'],
          parsed: new Set(['src/a.c']),
          failures: [{ file: 'bin.c', reason: 'binary' }],
          partlyParsed: [{ file: 'src/a.c', broken: [{ line: 1, endLine: 2 }] }],
        },
      ],
    }),
  };
}
