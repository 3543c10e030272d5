// What a user writes after `--engine`, and what the library takes as an engine. The work is in load-module.ts.
import { bundledEngines } from '../engines/index.ts';
import type { EngineModule } from './contract.ts';
import { type LoadOptions, loadModule } from './load-module.ts';
import type * as v1 from './v1.ts';

export type { LoadOptions } from './load-module.ts';

/**
 * Loads an engine: `crash`, `default`, `ewouldblock` or `nobucket`; the path of a module (absolute, relative to `cwd`, a
 * file URL, a folder with a package.json); the name of a package that is installed for `cwd`; or a module as it is.
 * A module for the old contract has the same shape: which contract it is started on is for `startEngine` to say.
 * @throws EngineLoadError (as a rejection) `engine-not-found`, `engine-broken`, `not-an-engine`.
 */
export function loadEngine(
  spec: string | EngineModule | v1.EngineModule,
  options?: LoadOptions,
): Promise<EngineModule> {
  return loadModule(spec, bundledEngines, options);
}
