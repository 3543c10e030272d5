// `run --codemod buffer-copy-send`, dry, of a C and C++ tree given from outside, against Node's start.
import { resolve } from 'node:path';
import { inTurns, median, peakMegabytes, timed, wall } from './measure.mjs';

/** Rows of the table; a line of text where the workload cannot run. */
export function sends({ cli }) {
  const { KV_ENGINE_SEND_TREE } = process.env;
  if (!KV_ENGINE_SEND_TREE) return 'skipped: sends of the kv_engine tree (set KV_ENGINE_SEND_TREE)';
  const run = [cli, 'run', '--codemod', 'buffer-copy-send', '--format', 'off', resolve(KV_ENGINE_SEND_TREE)];
  const times = inTurns({
    run: () => wall(process.execPath, run, [0, 1]),
    node: () => wall(process.execPath, ['-e', '0']),
  });
  const memory = inTurns({ run: () => peakMegabytes(run, [0, 1]) });
  const title = 'sends of the kv_engine tree';
  return [
    { title, what: "run, cold, against Node's start", ...timed(times.run, times.node), target: '1500 ms' },
    { title, what: 'run, peak memory', absolute: `${median(memory.run).toFixed(0)} MB`, target: '250 MB' },
  ];
}
