// The engine's settings, from its config string. Decides nothing but their form.
import { VbucketState } from '../../engine/contract.ts';

/** What the engine can be told when it is started. */
export interface Configuration {
  /** Bytes for keys, values and overhead together. */
  readonly cacheSize: number;
  /** Longest value in bytes, system data not counted. */
  readonly itemSizeMax: number;
  /** Tombstones that are kept at most, in the whole bucket. */
  readonly history: number;
  /** The state of every vbucket at the start. */
  readonly vbuckets: VbucketState;
}

/** What holds where the config string says nothing. */
export const DEFAULT_CONFIGURATION: Configuration = {
  cacheSize: 64 * 1024 * 1024,
  itemSizeMax: 1024 * 1024,
  history: 10_000,
  vbuckets: VbucketState.Active,
};

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

const STATES: Readonly<Record<string, VbucketState>> = {
  active: VbucketState.Active,
  dead: VbucketState.Dead,
};

/** Parses `key=value` pairs parted by semicolons, sizes with k, m or g; undefined where anything is not understood. */
export function parseConfiguration(text: string): Configuration | undefined {
  const configuration: { -readonly [K in keyof Configuration]: Configuration[K] } = {
    ...DEFAULT_CONFIGURATION,
  };
  for (const setting of text.split(';')) {
    if (setting.trim() === '') continue;
    const [key, value, ...rest] = setting.split('=').map((part) => part.trim());
    if (value === undefined || rest.length > 0) return undefined;
    if (key === 'vbuckets') {
      const state = STATES[value];
      if (state === undefined) return undefined;
      configuration.vbuckets = state;
      continue;
    }
    const size = parseSize(value);
    if (size === undefined || size === 0) return undefined;
    if (key === 'cache_size') configuration.cacheSize = size;
    else if (key === 'item_size_max') configuration.itemSizeMax = size;
    else if (key === 'history') configuration.history = size;
    else return undefined;
  }
  return configuration;
}

function parseSize(text: string): number | undefined {
  const match = /^(\d+)([kmg]?)$/i.exec(text);
  if (match === null) return undefined;
  const size = Number(match[1]) * (UNITS[(match[2] ?? '').toLowerCase()] ?? 1);
  return Number.isSafeInteger(size) ? size : undefined;
}
