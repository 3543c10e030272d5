// Makes dist/: compiles the sources, and puts beside them what is read at run time and is no TypeScript.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(1);

// The C++ grammar: the package has no install step, so its WebAssembly comes along, with its licence.
const grammar = dirname(require.resolve('tree-sitter-cpp/package.json'));
const cpp = join(dist, 'codemods', 'languages', 'cpp');
mkdirSync(cpp, { recursive: true });
copyFileSync(join(grammar, 'tree-sitter-cpp.wasm'), join(cpp, 'tree-sitter-cpp.wasm'));
copyFileSync(join(grammar, 'LICENSE'), join(cpp, 'tree-sitter-cpp.LICENSE'));

// The shipped C contracts are read as they are.
cpSync(join(root, 'reference', 'engine', 'include'), join(dist, 'reference', 'engine', 'include'), {
  recursive: true,
});

chmodSync(join(dist, 'codemods', 'cli.js'), 0o755);
