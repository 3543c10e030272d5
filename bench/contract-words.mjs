// Prints the words of a C or C++ contract, for a text search: its slots and the structs that hold them.
import { readFileSync } from 'node:fs';
import { languages } from '../dist/codemods/languages/index.js';

const [path] = process.argv.slice(2);
const adapter = await languages.find(({ id }) => id === 'cpp').load();
const contract = await adapter.readContract(
  [{ file: path, path, text: readFileSync(path, 'utf8') }],
  () => undefined,
);
const words = contract.slots.flatMap(({ container, name }) => [container, name]);
console.log([...new Set(words)].filter((word) => word !== '').join('\n'));
