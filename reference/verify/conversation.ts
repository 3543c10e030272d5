// A conversation: what clients do, step by step, as data. What depends on earlier replies is said by name and becomes
// bytes when it is played (client.ts, peer.ts). Each step ends when nothing is left to do on the server's side.

import type { SendMode } from '../output-stream.ts';
import type { Profile } from '../profile.ts';
import type { PacketFields } from '../protocol/packet.ts';

/** Which connection: a number that stands for a new one once the last was closed. */
export type Slot = number;

/** One request of a client. */
export type RequestPlan =
  | {
      readonly kind: 'packet';
      readonly fields: PacketFields;
      /** `last`: the cas that the last reply about this key had, instead of that of `fields`. */
      readonly cas: 'given' | 'last';
    }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | {
      readonly kind: 'stream-req';
      readonly opaque: number;
      readonly vbucket: number;
      /** `last`: after the last seqno that this connection got; `beyond`: after one that it did not. */
      readonly from: 'start' | 'last' | 'beyond';
      /** `known`: that of the last failover log, or 0. */
      readonly uuid: 'known' | 'wrong';
      readonly isEndless: boolean;
    };

/** One step. A `seed` decides on chunks, pauses and answers. */
export type Step =
  /** Sends requests in one stretch, cut into chunks; the client may read slowly meanwhile. */
  | {
      readonly kind: 'send';
      readonly slot: Slot;
      readonly requests: readonly RequestPlan[];
      readonly seed: number;
    }
  /** Answers what the server asked on this connection (DCP), most of it with success. */
  | { readonly kind: 'answer'; readonly slot: Slot; readonly seed: number }
  /** Sends a snapshot on a stream that the server asked for; nothing where there is none. */
  | { readonly kind: 'replicate'; readonly slot: Slot; readonly changes: number; readonly seed: number }
  | { readonly kind: 'time'; readonly seconds: number }
  /** Closes a connection at rest: its own side first, or all at once. */
  | { readonly kind: 'hang-up'; readonly slot: Slot; readonly how: 'end' | 'reset' }
  /** Sends one request, reads nothing, and resets the connection. */
  | { readonly kind: 'abandon'; readonly slot: Slot; readonly request: RequestPlan };

/** Everything about one run. */
export interface Conversation {
  /** Names the run in a report; 0 for a trace. */
  readonly run: number;
  /** Decides on the kernel's buffers and on what is injected. */
  readonly seed: number;
  readonly profile: Profile['name'];
  /** Of the engine after the migration; the old path has one way only. */
  readonly send: SendMode;
  /** The share of calls of slots that are made to wait or to fail, 0 to 1. */
  readonly injection: number;
  readonly steps: readonly Step[];
}
