// (b) A C++ tree of the same size that never mentions the contract: what is left is Node's start and the scan.
import { fileURLToPath } from 'node:url';
import { writeCppTree } from './generated-cpp-tree.mjs';
import { inTurns, median, output, peakMegabytes, timed, wall } from './measure.mjs';

const scanStep = fileURLToPath(new URL('scan-step.mjs', import.meta.url));
const contract = fileURLToPath(new URL('../dist/reference/engine/include/kv_engine.h', import.meta.url));

/** Rows of the table. */
export function idleTree({ cli, folder }) {
  const size = { files: 769, megabytes: 8.3 };
  writeCppTree(folder, size);
  const check = [cli, 'check', folder];
  const times = inTurns({
    // Nothing to judge is status 2.
    check: () => wall(process.execPath, check, [2]),
    scan: () => {
      const step = JSON.parse(output(process.execPath, [scanStep, folder, contract]));
      return step.list + step.scan;
    },
    node: () => wall(process.execPath, ['-e', '0']),
  });
  const floor = times.scan.map((scan, round) => scan + times.node[round]);
  const memory = inTurns({ check: () => peakMegabytes(check, [2]), node: () => peakMegabytes(['-e', '0']) });
  const title = `C++ tree without engines, ${size.files} files`;
  return [
    { title, what: "check, cold, against Node's start", ...timed(times.check, times.node), target: '' },
    { title, what: "check, cold, against Node's start + scan", ...timed(times.check, floor), target: '' },
    {
      title,
      what: "check, peak memory (Node's own)",
      absolute: `${median(memory.check).toFixed(0)} MB (${median(memory.node).toFixed(0)} MB)`,
      target: '',
    },
  ];
}
