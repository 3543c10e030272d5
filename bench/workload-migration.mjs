// What the migration does to an engine: the same engine before and after, on the send path of its contract, under the same
// load. Writes migration.svg beside this file. Needs gcc on PATH.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiledEngine } from './compiled-engine.mjs';
import { median, output, ratio, rounds } from './measure.mjs';
import { ratioPlot } from './ratio-plot.mjs';
import { startServer } from './start-server.mjs';
import { statsOf } from './stats-of.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const ENGINE = 'report-engine';
const SECONDS = ['-t', '0.8', '-w', '0.3'];

/** GET goes through the core; the others are the engine's own commands, which it sends by itself. */
const loads = [
  { what: 'GET 100 B, depth 64', args: ['-d', '64'] },
  { what: 'summary, depth 64', own: true, args: ['-d', '64', '-O', '225'] },
  { what: 'report of 100 B, depth 64', own: true, args: ['-d', '64', '-O', '224'] },
  { what: 'report of 16 KB, depth 16', own: true, args: ['-d', '16', '-O', '224', '-v', '16384'] },
  { what: 'report of 1 MB, depth 4', own: true, args: ['-d', '4', '-O', '224', '-v', '1000000'] },
];

/** Measures in turns. @returns rows for the table */
export async function migration({ cli, folder }) {
  if (spawnSync('gcc', ['--version']).status !== 0) return 'migration: skipped (gcc is not on PATH)';
  mkdirSync(folder, { recursive: true });
  const generator = join(folder, 'loadgen');
  output('gcc', ['-O2', '-o', generator, join(here, 'loadgen.c')]);
  const engine = (name, isMigrated) =>
    compiledEngine({ cli, folder: join(folder, name), name: ENGINE, isMigrated });
  const commands = {
    before: ['--engine', engine('before', false), '--contract', 'v1'],
    after: ['--engine', engine('after', true)],
  };

  const samples = new Map();
  const add = (key, value) => samples.set(key, [...(samples.get(key) ?? []), value]);
  for (let round = -1; round < rounds; round++) {
    if (round === 0) samples.clear();
    for (const { what, own, args } of loads)
      for (const [path, options] of Object.entries(commands)) {
        // A server of its own for each: the peak of the queue is one figure for a whole life.
        const target = await startServer(cli, options);
        try {
          const told = ['-p', target.port, '-P', target.pid, '-j', ...SECONDS, ...args].map(String);
          const load = JSON.parse(output(generator, told));
          const stats = await statsOf(target.port);
          add(`${what}/${path}/ops`, load.ops);
          add(`${what}/${path}/cpu`, load.srv_us_op);
          // The server does not count what an engine sends by itself.
          const responses = stats.get('responses') + (own ? load.all : 0);
          add(`${what}/${path}/writes`, stats.get('writes') / responses);
          add(`${what}/${path}/queue`, stats.get('send_queue_high_water'));
        } finally {
          target.process.kill();
        }
      }
  }

  const of = (what, path, figure) => samples.get(`${what}/${path}/${figure}`);
  const rows = (title, figure, shown) =>
    loads.map(({ what }) => ({
      title: `migration: ${title}`,
      what,
      ratio: ratio(of(what, 'after', figure), of(what, 'before', figure)),
      absolute: `${shown(median(of(what, 'before', figure)))} before, ${shown(median(of(what, 'after', figure)))} after`,
      target: '',
    }));
  const throughput = rows('throughput after against before', 'ops', (ops) =>
    ops >= 10_000 ? `${(ops / 1000).toFixed(0)} k a second` : `${ops.toFixed(0)} a second`,
  );
  const cpu = rows('CPU for each response, after against before', 'cpu', (us) => `${us.toFixed(1)} us`);
  const writes = rows('writes for each response, after against before', 'writes', (count) =>
    count.toFixed(3),
  );
  const queue = rows(
    'peak of the send queue, after against before',
    'queue',
    (bytes) => `${(bytes / 1024).toFixed(0)} KB`,
  );
  writeFileSync(
    join(here, 'migration.svg'),
    ratioPlot(
      'After the migration against before: medians of one run; grey: least to most',
      [
        ...throughput.map((row) => ({ ...row, label: `throughput, ${row.what}` })),
        ...cpu.map((row) => ({ ...row, label: `CPU, ${row.what}` })),
        ...writes.map((row) => ({ ...row, label: `writes, ${row.what}` })),
      ].map(({ label, ratio: times }) => ({ label, ratio: times, target: Number.NaN })),
    ),
  );
  return [...throughput, ...cpu, ...writes, ...queue];
}
