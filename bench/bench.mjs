// Measures the built command line and prints a table of ratios, all of one run. `npm run bench` builds it first.
// Arguments: the workloads to run (default: all). BENCH_ROUNDS: measured rounds, 5 or more (default: 7).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rounds } from './measure.mjs';
import { idleTree } from './workload-idle-tree.mjs';
import { kvEngineTree } from './workload-kv-engine-tree.mjs';
import { migration } from './workload-migration.mjs';
import { sends } from './workload-sends.mjs';
import { server } from './workload-server.mjs';
import { typescriptRepository } from './workload-typescript-repository.mjs';

const workloads = {
  'kv-engine-tree': kvEngineTree,
  'idle-tree': idleTree,
  migration,
  sends,
  server,
  'typescript-repository': (given) => typescriptRepository({ ...given, nodeTypes: false }),
  'typescript-repository-with-node-types': (given) => typescriptRepository({ ...given, nodeTypes: true }),
};
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in workloads));
if (unknown !== undefined || !(rounds >= 5)) {
  console.error(
    unknown === undefined
      ? 'BENCH_ROUNDS has to be 5 or more'
      : `There is no workload "${unknown}": ${Object.keys(workloads).join(', ')}`,
  );
  process.exit(2);
}

const cli = fileURLToPath(new URL('../dist/codemods/cli.js', import.meta.url));
const hasRipgrep = spawnSync('rg', ['--version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'kv-engine-migrate-bench-'));
try {
  const [core] = cpus();
  console.log(
    `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} cores (${core?.model ?? 'unknown'}), ` +
      `${(totalmem() / 2 ** 30).toFixed(0)} GB, load ${loadavg()[0].toFixed(2)}; ` +
      `medians of ${rounds} rounds after a warm-up, in turns; [least to most]`,
  );
  let title = '';
  for (const [name, workload] of Object.entries(workloads)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const rows = await workload({ cli, hasRipgrep, folder: join(folder, name) });
    for (const row of typeof rows === 'string' ? [{ title: rows }] : rows) {
      if (row.title !== title) console.log(`\n${row.title}`);
      title = row.title;
      if (row.what !== undefined) console.log(line(row));
    }
  }
  if (!hasRipgrep) console.log('\nskipped: the comparison with rg (it is not on PATH)');
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function line({ what, ratio, absolute, target }) {
  const [times, noise] =
    ratio === undefined
      ? ['', '']
      : [`${ratio.median.toFixed(2)}x`, `[${ratio.least.toFixed(2)} to ${ratio.most.toFixed(2)}]`];
  const goal = target === '' ? '' : `  target ${target}`;
  return `  ${what.padEnd(42)}${times.padStart(7)} ${noise.padEnd(16)} ${absolute}${goal}`;
}
