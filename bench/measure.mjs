// Runs things in turns and compares them. Knows nothing of what is measured.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Measured rounds, after one round that does not count. */
export const rounds = Number(process.env.BENCH_ROUNDS ?? 7);

const maxRss = fileURLToPath(new URL('max-rss.mjs', import.meta.url));

/**
 * Runs every task once a round, in the same order, so that a noisy minute hits all of them.
 * @param {Record<string, () => number>} tasks each answers what it measured
 * @returns {Record<string, number[]>} one figure per round
 */
export function inTurns(tasks) {
  const samples = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, task] of Object.entries(tasks)) {
      const figure = task();
      if (round >= 0) samples[name].push(figure);
    }
  }
  return samples;
}

/** Milliseconds of a whole process; throws when it does not end as expected. */
export function wall(command, args, statuses = [0]) {
  const start = performance.now();
  finished(command, args, spawnSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] }), statuses);
  return performance.now() - start;
}

/** Peak resident memory of a Node program in MB, told by the process itself when it ends. */
export function peakMegabytes(args, statuses = [0]) {
  const run = spawnSync(process.execPath, ['--import', maxRss, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  finished(args[0], args, run, statuses);
  return Number(run.output[3]) / 1024;
}

/** Standard output of a process. */
export function output(command, args) {
  const run = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  finished(command, args, run, [0]);
  return run.stdout;
}

function finished(command, args, run, statuses) {
  if (run.error !== undefined) throw run.error;
  if (statuses.includes(run.status)) return;
  throw new Error(`${command} ${args.join(' ')}: status ${run.status}\n${run.stderr}`);
}

/** The middle one. */
export function median(figures) {
  const sorted = [...figures].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** How often one figure holds another one, pair by pair: the median, the least and the most. */
export function ratio(figures, basis) {
  const pairs = figures.map((figure, round) => figure / basis[round]);
  return { median: median(pairs), least: Math.min(...pairs), most: Math.max(...pairs) };
}

/** A time in milliseconds against another one, for a row of the table. */
export function timed(figures, basis) {
  const absolute = `${median(figures).toFixed(0)} ms to ${median(basis).toFixed(0)} ms`;
  return { ratio: ratio(figures, basis), absolute };
}
