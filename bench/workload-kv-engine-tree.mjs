// (a) `check` of a C and C++ tree given from outside, and its scan step against ripgrep.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inTurns, median, output, peakMegabytes, timed, wall } from './measure.mjs';

const scanStep = fileURLToPath(new URL('scan-step.mjs', import.meta.url));
const contractWords = fileURLToPath(new URL('contract-words.mjs', import.meta.url));

/** Rows of the table; a line of text where the workload cannot run. */
export function kvEngineTree({ cli, hasRipgrep }) {
  const { KV_ENGINE_TREE, KV_ENGINE_CONTRACT } = process.env;
  if (!KV_ENGINE_TREE || !KV_ENGINE_CONTRACT)
    return 'skipped: the kv_engine tree (set KV_ENGINE_TREE and KV_ENGINE_CONTRACT)';
  const [tree, contract] = [resolve(KV_ENGINE_TREE), resolve(KV_ENGINE_CONTRACT)];
  const check = [cli, 'check', '--contract', contract, tree];
  const words = output(process.execPath, [contractWords, contract]).trim().split('\n');
  const search = ['-c', '-w', words.join('|'), '-g', '*.{c,cc,cpp,cxx,h,hh,hpp,hxx,inl}', tree];
  let step;
  const scan = () => {
    step = JSON.parse(output(process.execPath, [scanStep, tree, contract]));
    return step.scan;
  };
  const times = inTurns({
    check: () => wall(process.execPath, check, [0, 1]),
    scan,
    ...(hasRipgrep ? { rg: () => wall('rg', search) } : {}),
    node: () => wall(process.execPath, ['-e', '0']),
  });
  const memory = inTurns({ check: () => peakMegabytes(check, [0, 1]) });
  const title = `kv_engine tree, ${step.files} files, ${step.candidates} candidates`;
  return [
    {
      title,
      what: "check, cold, against Node's start",
      ...timed(times.check, times.node),
      target: '1500 ms',
    },
    {
      title,
      what: 'check, peak memory',
      absolute: `${median(memory.check).toFixed(0)} MB`,
      target: '250 MB',
    },
    ...(hasRipgrep
      ? [
          { title, what: 'check, cold, against rg -c', ...timed(times.check, times.rg), target: '' },
          { title, what: 'its scan step against rg -c', ...timed(times.scan, times.rg), target: '4x' },
        ]
      : []),
  ];
}
