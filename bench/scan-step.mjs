// Runs the scan step of `check` once, in a fresh process as a user has it, and prints how long its parts took.
// Arguments: the tree, the contract (a C or C++ header).
import { readFileSync } from 'node:fs';
import { languageOf, languages } from '../dist/codemods/languages/index.js';
import { discover } from '../dist/codemods/runner/discover.js';
import { scan } from '../dist/codemods/runner/scan.js';
import { readSources } from '../dist/codemods/runner/sources.js';

const [cwd, contract] = process.argv.slice(2);
const cpp = languages.filter(({ id }) => id === 'cpp');
const adapter = await cpp[0].load();
const texts = [{ file: contract, path: contract, text: readFileSync(contract, 'utf8') }];
const start = performance.now();
const { root, files } = discover({ cwd, paths: [], wanted: (file) => languageOf(file, cpp) !== undefined });
const listed = performance.now();
const candidates = scan(readSources(root, files), adapter.mentions(texts));
const scanned = performance.now();
console.log(
  JSON.stringify({
    list: listed - start,
    scan: scanned - listed,
    files: files.length,
    candidates: candidates.length,
  }),
);
