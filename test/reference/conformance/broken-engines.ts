// Engines with one defect each, and the conformance test that has to find it.
import type { ServerApi } from '../../../reference/engine/contract.ts';
import { documentDefects } from './document-defects.ts';
import { protocolDefects } from './protocol-defects.ts';
import { sendDefects } from './send-defects.ts';
import type { Override } from './wrapped-engine.ts';

/** A defect by its name. */
export interface BrokenEngine {
  /** Name of the test that fails. */
  readonly test: string;
  /** What its message says. */
  readonly says: RegExp;
  readonly override?: Override;
  /** The engine keeps the core waiting: it is not waited for long. */
  readonly isSlow?: true;
  /** A core that hides something from the engine. */
  readonly serverFor?: (server: ServerApi) => ServerApi;
}

/** All of them by name. */
export const brokenEngines: Readonly<Record<string, BrokenEngine>> = {
  ...documentDefects,
  ...protocolDefects,
  ...sendDefects,
};
