// A bucket: a name and the engine behind it.
import type { EngineEventType, EngineInterface, EventCallback } from './engine/contract.ts';

/** One engine under a name. */
export interface Bucket {
  readonly name: string;
  /** u32; what `getBucketId` answers. */
  readonly id: number;
  readonly engine: EngineInterface;
  /** What the engine wants to be told about. */
  readonly callbacks: { readonly type: EngineEventType; readonly callback: EventCallback }[];
}
