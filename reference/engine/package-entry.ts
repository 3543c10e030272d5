// Which file of a package folder `import` loads. Reads package.json files; imports nothing.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The conditions that Node has for `import`, without those that a user may add. */
const CONDITIONS: ReadonlySet<string> = new Set(['node', 'import', 'module-sync', 'default']);

/**
 * The file that stands for a package's subpath (`.` or `./name`): by `exports` where it has them (patterns are not
 * followed), by `main` or index.js otherwise. Undefined where there is no such file, or no readable package.json.
 */
export function packageEntry(folder: string, subpath: string): string | undefined {
  const manifest = readManifest(folder);
  const target =
    manifest.exports === undefined
      ? plainTarget(manifest.main, subpath)
      : exported(manifest.exports, subpath);
  if (target === undefined) return undefined;
  const file = join(folder, target);
  return existsSync(file) && statSync(file).isFile() ? file : undefined;
}

interface Manifest {
  readonly exports?: unknown;
  readonly main?: unknown;
}

function readManifest(folder: string): Manifest {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof manifest === 'object' && manifest !== null ? manifest : {};
  } catch {
    return {};
  }
}

function plainTarget(main: unknown, subpath: string): string {
  if (subpath !== '.') return subpath;
  return typeof main === 'string' ? main : 'index.js';
}

function exported(exports: unknown, subpath: string): string | undefined {
  const hasSubpaths = isRecord(exports) && Object.keys(exports).every((key) => key.startsWith('.'));
  if (hasSubpaths) return conditional(exports[subpath]);
  return subpath === '.' ? conditional(exports) : undefined;
}

function conditional(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (!isRecord(target)) return undefined;
  for (const [condition, inner] of Object.entries(target)) {
    const found = CONDITIONS.has(condition) ? conditional(inner) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
