// The engines that ship with the package, by name.
import { type ImportEngine, plainEngines } from './plain-engines.ts';

/** Those that stand on their own, sorted, and the one that wraps another. Each is imported when it is asked for. */
export const bundledEngines: ReadonlyMap<string, ImportEngine> = new Map<string, ImportEngine>([
  ...plainEngines,
  ['ewouldblock', () => import('./ewouldblock/index.ts')],
]);
