// (c) `check` and `run` on a generated TypeScript repository.
import { spawnSync } from 'node:child_process';
import { writeTypescriptRepository } from './generated-typescript-repository.mjs';
import { inTurns, median, peakMegabytes, timed, wall } from './measure.mjs';

/** Rows of the table. */
export function typescriptRepository({ cli, folder, nodeTypes }) {
  const size = { files: 3000, engines: 20 };
  writeTypescriptRepository(folder, { ...size, nodeTypes });
  for (const args of [
    ['init', '-q'],
    ['add', '.'],
  ])
    spawnSync('git', args, { cwd: folder, stdio: 'ignore' });
  const check = [cli, 'check', folder];
  const run = [cli, 'run', folder];
  const report = spawnSync(process.execPath, [...check, '--reporter', 'json'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const { findings, ledger } = JSON.parse(report.stdout);
  const drifting = findings.filter(({ rule }) => rule === 'mutable-parameter').length;
  if (drifting !== size.engines) throw new Error(`${drifting} of ${size.engines} engines were found`);
  const times = inTurns({
    check: () => wall(process.execPath, check, [1]),
    run: () => wall(process.execPath, run, [0, 1]),
    node: () => wall(process.execPath, ['-e', '0']),
  });
  const memory = inTurns({ check: () => peakMegabytes(check, [1]), run: () => peakMegabytes(run, [0, 1]) });
  const types = nodeTypes ? 'with' : 'without';
  const title = `TypeScript repository ${types} @types/node, ${size.files} files, ${size.engines} engines, ${ledger.files.parsed} parsed`;
  return [
    {
      title,
      what: "check, cold, against Node's start",
      ...timed(times.check, times.node),
      target: '2000 ms',
    },
    { title, what: "run, dry, against Node's start", ...timed(times.run, times.node), target: '' },
    {
      title,
      what: 'check, peak memory (run)',
      absolute: `${median(memory.check).toFixed(0)} MB (${median(memory.run).toFixed(0)} MB)`,
      target: '',
    },
  ];
}
