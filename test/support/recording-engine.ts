// An engine that writes down every call and answers what it is told to. A module to load, too.
import type { CreateInstance, EngineInterface, ServerApi } from '../../reference/engine/contract.ts';
import { collectionsSlots, dcpSlots, engineSlots } from '../../reference/engine/slots.ts';

/** One call of a slot: `get`, `dcp.step`; `self` is what the slot was called on. */
export interface RecordedCall {
  readonly slot: string;
  readonly self: unknown;
  readonly args: readonly unknown[];
}

/** What an instance was made with and what it was asked for. */
export interface Recording {
  readonly engine: EngineInterface;
  readonly calls: RecordedCall[];
  readonly server: ServerApi;
  /** What a slot answers; `{ status: 0, from: <slot> }` where nothing is said. */
  readonly answers: Map<string, unknown>;
}

/** Every instance, the newest last. */
export const recordings: Recording[] = [];

/** The newest instance. */
export function lastRecording(): Recording {
  const recording = recordings.at(-1);
  if (recording === undefined) throw new Error('No recording engine was made.');
  return recording;
}

/** How often the module was destroyed. */
export const destroyed: { count: number } = { count: 0 };

/** Its configuration names what it shall lack: `lacks=getMeta,dcp.step,collections`. */
export const createInstance: CreateInstance = (_version, getServerApi) => {
  const calls: RecordedCall[] = [];
  const answers = new Map<string, unknown>();
  const table = (prefix: string, names: object): Record<string, unknown> =>
    Object.fromEntries(
      Object.keys(names).map((name) => {
        const slot = `${prefix}${name}`;
        return [
          name,
          function (this: unknown, ...args: unknown[]): unknown {
            calls.push({ slot, self: this, args });
            return answers.has(slot) ? answers.get(slot) : { status: 0, from: slot };
          },
        ];
      }),
    );
  const handle: Record<string, unknown> = {
    interface: 1,
    ...table('', engineSlots),
    dcp: table('dcp.', dcpSlots),
    collections: table('collections.', collectionsSlots),
    initialize: (_handle: unknown, config: string) => {
      calls.push({ slot: 'initialize', self: handle, args: [handle, config] });
      for (const lacking of (/^lacks=(.*)$/.exec(config)?.[1] ?? '').split(',')) {
        const [first = '', second] = lacking.split('.');
        if (second === undefined) delete handle[first];
        else delete (handle[first] as Record<string, unknown>)[second];
      }
      return answers.get('initialize') ?? 0;
    },
  };
  const engine = handle as unknown as EngineInterface;
  recordings.push({ engine, calls, answers, server: getServerApi() });
  return { status: 0, handle: engine };
};

/** @public Called by whoever loads this module as an engine. */
export const destroyEngine = (): void => {
  destroyed.count += 1;
};
