// A report as text for people.
import type { Difference, DifferentRun, VerifyReport } from './report.ts';

/** The whole report; ends with a line end. */
export function formatVerifyReport(report: VerifyReport): string {
  const { counts, different, isEqual, normalised } = report;
  const lines: string[] = [];
  for (const run of different) lines.push(...runLines(run, report), '');
  lines.push(
    `conversations: ${counts.conversations} = ${counts.requests} requests + ${counts.replies} replies (${counts.dcpMessages} of them DCP messages), ${counts.bytes} bytes`,
    `engine: ${counts.slotCalls} calls, ${counts.injected} of them made to wait or to fail; ${counts.releases} items given back; ${counts.headerHandlings} response headers handled, ${counts.headerWritesBefore} writes to them before`,
  );
  if (normalised.length > 0)
    lines.push(
      `before is not deterministic: ${normalised.join(' and ')} are compared by their order of appearance, not by value`,
    );
  if (counts.dcpMessages === 0) lines.push('nothing was replicated: the engines sent no DCP message');
  if (counts.headerHandlings === 0) lines.push('no response header came to the engines');
  lines.push(isEqual ? 'equal' : `different: ${different.length} of ${counts.conversations} conversations`);
  return `${lines.join('\n')}\n`;
}

function runLines(run: DifferentRun, { repeat }: VerifyReport): readonly string[] {
  const lines = [`${title(run)}: ${run.differences[0]?.message ?? 'something differs'}`];
  for (const difference of run.differences) lines.push(...differenceLines(difference));
  const shown = run.conversation.length <= MAX_LINES ? run.conversation : run.conversation.slice(-MAX_LINES);
  const of = `${run.conversation.length} lines, from ${run.steps} steps`;
  lines.push(
    `  the conversation (${of}; profile ${run.profile}, send ${run.send}, ${percent(run.injection)} of calls injected):`,
  );
  if (shown.length < run.conversation.length) lines.push('    ...');
  for (const line of shown) lines.push(`    ${line}`);
  lines.push(`  to repeat it: ${repeat}${run.run > 0 ? ` --run ${run.run}` : ''}`);
  return lines;
}

const MAX_LINES = 20;

const title = ({ run }: DifferentRun): string => (run > 0 ? `run ${run}` : 'the trace');
const percent = (share: number): string => `${Math.round(share * 100)} %`;

function differenceLines({ kind, message, request, before, after }: Difference): readonly string[] {
  return [
    `  ${kind}: ${message}`,
    `    request: ${request}`,
    ...before.map((line, at) => `    ${at === 0 ? 'before: ' : '        '}${line}`),
    ...after.map((line, at) => `    ${at === 0 ? 'after:  ' : '        '}${line}`),
  ];
}
