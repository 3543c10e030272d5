// One DCP connection of a harness: its cookie, its producers, and the calls that a core makes for it.
import {
  type DcpInterface,
  EngineErrorCode,
  type StreamReqResult,
  type VbucketFailover,
} from '../../engine/contract.ts';
import { Opcode } from '../../protocol/opcode.ts';
import { ConformanceFailure, codeName, demand, demandCode, show } from '../failure.ts';
import type { Harness } from '../harness.ts';
import type { MockCookie } from '../mock-core/mock-cookie.ts';
import { codeShape, isU64, streamReqShape } from '../result-shapes.ts';
import type { DcpMessage } from './dcp-message.ts';
import { type RecordingProducers, recordingProducers } from './recording-producers.ts';
import { type ResponseSpec, responseHeader, responsePacket } from './response-packet.ts';

const { ENGINE_E2BIG, ENGINE_ENOTSUP, ENGINE_EWOULDBLOCK, ENGINE_SUCCESS, ENGINE_WANT_MORE } =
  EngineErrorCode;

/** `dcp.open` flags. */
export const OpenFlag = { Consumer: 0, Producer: 1 } as const;

/** A snapshot marker's flag: an answer is wanted. */
const MARKER_ACK = 8;

/** The last seqno there is: a stream that does not end. */
export const NO_END = 0xffff_ffff_ffff_ffffn;

/** Steps without an end in sight. */
const MAX_STEPS = 100_000;

/** What a stream is asked for; from the beginning, without an end by default. */
export interface StreamSpec {
  readonly opaque: number;
  readonly startSeqno?: bigint;
  readonly endSeqno?: bigint;
  readonly vbucketUuid?: bigint;
}

/** How a connection behaves. */
export interface DcpConnectionOptions {
  readonly engineName: string;
  /** Whether the send buffer is full for a message; never by default. */
  readonly refuses?: (message: DcpMessage) => boolean;
  /** Whether items are released after every step; otherwise when the test says so. */
  readonly releasesAtOnce?: boolean;
}

/** A connection that was not opened yet. */
export class DcpConnection {
  readonly cookie: MockCookie;
  readonly producers: RecordingProducers;
  failoverLog: readonly VbucketFailover[] = [];
  readonly #harness: Harness;
  readonly #dcp: DcpInterface;
  readonly #options: DcpConnectionOptions;
  /** Messages that were answered. */
  #answered = 0;

  constructor(harness: Harness, options: DcpConnectionOptions) {
    this.#harness = harness;
    this.#options = options;
    this.#dcp = (harness.engine.dcp ?? {}) as DcpInterface;
    this.cookie = harness.core.createCookie({ isDcp: true });
    this.producers = recordingProducers(harness, this.cookie, options.refuses ?? (() => false));
  }

  get messages(): readonly DcpMessage[] {
    return this.producers.messages;
  }

  open(flags: number, name = 'conformance'): Promise<EngineErrorCode> {
    const { engine } = this.#harness;
    return this.call('dcp.open', () =>
      this.#dcp.open?.(engine, this.cookie, 1, 0, flags, name, new Uint8Array(0)),
    );
  }

  addStream(opaque: number, vbucket = 0): Promise<EngineErrorCode> {
    const { engine } = this.#harness;
    return this.call('dcp.addStream', () => this.#dcp.addStream?.(engine, this.cookie, opaque, vbucket, 0));
  }

  closeStream(opaque: number, vbucket = 0): Promise<EngineErrorCode> {
    const { engine } = this.#harness;
    return this.call('dcp.closeStream', () => this.#dcp.closeStream?.(engine, this.cookie, opaque, vbucket));
  }

  /** Asks for a stream of vbucket 0; a stream that starts has given its failover log. */
  async streamReq(spec: StreamSpec): Promise<StreamReqResult> {
    const { opaque, startSeqno = 0n, endSeqno = NO_END, vbucketUuid = 0n } = spec;
    const { engine, caller, core } = this.#harness;
    let calls = 0;
    const callback = (entries: readonly VbucketFailover[], cookie: unknown): EngineErrorCode => {
      calls += 1;
      const isLog = Array.isArray(entries) && entries.every(({ uuid, seqno }) => isU64(uuid) && isU64(seqno));
      if (!isLog) core.violations.add(`dcp.streamReq gave ${show(entries)} in place of a failover log`);
      if (cookie !== this.cookie) core.violations.add('dcp.streamReq gave a failover log for another cookie');
      this.failoverLog = entries;
      return ENGINE_SUCCESS;
    };
    const call = (): StreamReqResult =>
      this.#dcp.streamReq?.(
        engine,
        this.cookie,
        0,
        opaque,
        0,
        startSeqno,
        endSeqno,
        vbucketUuid,
        startSeqno,
        startSeqno,
        callback,
      ) ?? { status: ENGINE_ENOTSUP };
    const result = await caller.call('dcp.streamReq', this.cookie, call, streamReqShape);
    if (result.status === ENGINE_SUCCESS && calls !== 1) {
      throw new ConformanceFailure(`dcp.streamReq answered ENGINE_SUCCESS and gave ${calls} failover logs.`);
    }
    return result as StreamReqResult;
  }

  /** Asks for one message; what it answers is not what came of it: see `messages`. */
  step(): EngineErrorCode {
    const { engine, caller } = this.#harness;
    const { refusals } = this.producers;
    const invoke = (): EngineErrorCode =>
      this.#dcp.step?.(engine, this.cookie, this.producers) ?? ENGINE_ENOTSUP;
    const code = caller.callNow('dcp.step', this.cookie, invoke, codeShape);
    if (this.#options.releasesAtOnce === true) this.producers.releaseHeld(false);
    if (this.producers.refusals > refusals) {
      const isPatient = code === ENGINE_E2BIG || isIdle(code) || code === ENGINE_WANT_MORE;
      demand(isPatient, `dcp.step answered ${codeName(code)} where a message was refused with ENGINE_E2BIG.`);
      return ENGINE_WANT_MORE;
    }
    demandCode('dcp.step', code, ENGINE_WANT_MORE, ENGINE_SUCCESS, ENGINE_EWOULDBLOCK);
    return code;
  }

  /** Steps until there is nothing to send, also after everything that wants an answer was answered. */
  async drain(): Promise<void> {
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      if (!isIdle(this.step())) continue;
      if (!(await this.answer())) return;
    }
    throw new ConformanceFailure(`dcp.step wanted more ${MAX_STEPS} times.`);
  }

  /** Waits until the engine has woken the connection more than `notifications` times. */
  async woken(notifications: number, why: string): Promise<void> {
    const { cookie } = this;
    await this.#harness.caller.waitFor(
      () => cookie.notifications > notifications,
      `the engine did not call notifyIoComplete for an idle DCP connection when ${why}`,
    );
  }

  /** Answers markers that want it and noops; false where nothing was to be answered. */
  async answer(): Promise<boolean> {
    const messages = this.messages.slice(this.#answered);
    this.#answered = this.messages.length;
    let isAnswered = false;
    for (const message of messages) {
      const opcode = opcodeToAnswer(message);
      if (opcode === undefined) continue;
      const code = await this.respond({ opcode, opaque: message.opaque });
      demandCode(`dcp.responseHandler, for the response to ${message.kind}`, code, ENGINE_SUCCESS);
      isAnswered = true;
    }
    return isAnswered;
  }

  /** Hands a peer's response to the engine; ENGINE_ENOTSUP where it takes none. */
  async respond(spec: ResponseSpec): Promise<EngineErrorCode> {
    const { engine, core } = this.#harness;
    const packet = responsePacket(spec);
    const before = new Uint8Array(packet);
    const header = responseHeader(core.contract, packet, this.#options.engineName, (field) =>
      core.violations.add(`dcp.responseHandler tried to write ${field}, and the header is read-only`),
    );
    const code = await this.call('dcp.responseHandler', () =>
      // The old contract's handler takes this header too: it is the mutable one then.
      this.#dcp.responseHandler?.(engine, this.cookie, header),
    );
    if (core.contract === 'current' && Buffer.compare(before, packet) !== 0) {
      core.violations.add('dcp.responseHandler changed the bytes of the response');
    }
    return code;
  }

  /** Closes the connection, with items still in its send buffer. */
  close(): void {
    this.#harness.core.disconnect(this.cookie);
    this.producers.releaseHeld(true);
  }

  /** Calls a slot of the connection; one that is missing is ENGINE_ENOTSUP, as the core has it. */
  call(slot: string, invoke: () => EngineErrorCode | undefined): Promise<EngineErrorCode> {
    const { caller, engine } = this.#harness;
    const name = slot.slice(slot.indexOf('.') + 1);
    const isThere =
      typeof (engine.dcp as Readonly<Record<string, unknown>> | undefined)?.[name] === 'function';
    if (!isThere) return Promise.resolve(ENGINE_ENOTSUP);
    return caller.callForCode(slot, this.cookie, invoke as () => EngineErrorCode);
  }
}

/** Nothing to send: the connection will be woken. kv_engine has said so with either code. */
function isIdle(code: EngineErrorCode): boolean {
  return code === ENGINE_SUCCESS || code === ENGINE_EWOULDBLOCK;
}

function opcodeToAnswer(message: DcpMessage): number | undefined {
  if (message.kind === 'marker') {
    return (message.flags & MARKER_ACK) === 0 ? undefined : Opcode.DcpSnapshotMarker;
  }
  return message.kind === 'other' && message.name === 'noop' ? Opcode.DcpNoop : undefined;
}
