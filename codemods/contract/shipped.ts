// Where the contracts of the package are: kv_engine's engine interface before and after the read-only response header.
import { fileURLToPath } from 'node:url';
import type { Language } from '../facts/language.ts';

/** Absolute paths of one language's pair of contracts. */
export interface ShippedContract {
  readonly language: Language['id'];
  /** Before the response header became read-only. */
  readonly old: string;
  /** Today's. */
  readonly new: string;
}

// The same relative places hold in the sources and in the build, where types are all that is left of a `.ts`.
const types = import.meta.url.endsWith('.ts') ? '.ts' : '.d.ts';

/** The shipped contracts, sorted by language. */
export const shippedContracts: readonly ShippedContract[] = [
  { language: 'cpp', old: locate('include/kv_engine_v1.h'), new: locate('include/kv_engine.h') },
  { language: 'typescript', old: locate(`v1${types}`), new: locate(`contract${types}`) },
];

function locate(name: string): string {
  return fileURLToPath(new URL(`../../reference/engine/${name}`, import.meta.url));
}
