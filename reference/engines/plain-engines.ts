// The engines that ship with the package and stand on their own, by name. Each is imported when it is asked for.
import type { EngineModule } from '../engine/contract.ts';

/** Imports an engine's module. */
export type ImportEngine = () => Promise<EngineModule>;

/** Sorted by name; what the bundled engine that wraps another one can wrap by name. */
export const plainEngines: ReadonlyMap<string, ImportEngine> = new Map<string, ImportEngine>([
  ['crash', () => import('./crash.ts')],
  ['default', () => import('./default/index.ts')],
  ['nobucket', () => import('./nobucket.ts')],
]);
