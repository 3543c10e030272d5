// The command of a connection, from its decoded request to its last response. Runs a handler and turns codes into bytes.
import type { Bucket } from './bucket.ts';
import type { Command, CommandDefinition, Host, Response } from './command.ts';
import type { CommandCookie } from './cookie.ts';
import type { EngineInterface } from './engine/contract.ts';
import { EngineErrorCode, isEngineErrorCode } from './engine/error-code.ts';
import type { Item, ItemInfo, MutationDescr } from './engine/item.ts';
import { DISCONNECT, statusOfEngineCode } from './engine-status.ts';
import type { OutputStream } from './output-stream.ts';
import { checkedResponse } from './protocol/checked-response.ts';
import { Datatype } from './protocol/datatype.ts';
import { HEADER_LENGTH, writeResponseHeader, writeU32, writeU64 } from './protocol/header.ts';
import { Magic } from './protocol/magic.ts';
import { RequestFrame } from './protocol/request-frame.ts';
import { errorText, Status } from './protocol/status.ts';
import { xattrLength } from './protocol/xattr.ts';
import type { Session } from './session.ts';
import { catchStray } from './stray-promise.ts';
import { WireKey } from './wire-key.ts';

const { ENGINE_DISCONNECT, ENGINE_EWOULDBLOCK, ENGINE_SUCCESS } = EngineErrorCode;

/** How a run of a command ended. */
export type Ending = 'done' | 'blocked' | 'close';

/** What a command needs of its connection. */
export interface CommandOwner {
  readonly host: Host;
  readonly session: Session;
  readonly output: OutputStream;
  cookie: CommandCookie;
  closeAfterFlush(): void;
  selectBucket(bucket: Bucket): void;
}

/** One for each connection: fields are set anew for each request. */
export class RunningCommand implements Command {
  readonly request: RequestFrame = new RequestFrame();
  readonly key: WireKey = new WireKey(this.request);
  readonly host: Host;
  readonly session: Session;
  cookie: CommandCookie;
  engine: EngineInterface;
  progress: unknown = undefined;
  readonly #owner: CommandOwner;
  readonly #output: OutputStream;
  #quiet: CommandDefinition['quiet'] = undefined;
  readonly #kept: Item[] = [];

  constructor(owner: CommandOwner) {
    this.#owner = owner;
    this.host = owner.host;
    this.session = owner.session;
    this.#output = owner.output;
    this.cookie = owner.cookie;
    this.engine = owner.session.bucket.engine;
  }

  /** Runs the command in `request`, or goes on with it. */
  run(definition: CommandDefinition): Ending {
    const { cookie } = this;
    this.#quiet = definition.quiet;
    const mark = this.#output.mark();
    cookie.isRunning = true;
    let code: unknown;
    try {
      code = definition.run(this);
    } catch (error) {
      cookie.isRunning = false;
      this.#output.rewind(mark);
      this.#blame(error);
      return this.#end(this.#failure);
    }
    cookie.isRunning = false;
    if (code === ENGINE_SUCCESS) return this.#end(ENGINE_SUCCESS);
    const failure = typeof code === 'number' ? code : this.#codeIn(code);
    if (failure !== ENGINE_EWOULDBLOCK) return this.#end(failure);
    const { early } = cookie;
    cookie.early = undefined;
    cookie.isBlocked = true;
    // Notified before the slot returned. An engine that always does so must not keep all others waiting.
    if (early !== undefined) cookie.notify(early);
    return 'blocked';
  }

  /** Ends a command that waited with the code that the engine gave instead of an answer. */
  failWith(code: number): Ending {
    // A rollback needs a seqno, and a notification has none: kv_engine closes, too (dcp_stream_req_executor.cc).
    return this.#end(code === EngineErrorCode.ENGINE_ROLLBACK ? ENGINE_DISCONNECT : code);
  }

  /** The connection is gone, or the command is given up: nothing is said. */
  abandon(): void {
    this.#releaseKept();
    this.progress = undefined;
  }

  keep(item: Item): void {
    this.#kept.push(item);
  }

  infoOf(item: Item): ItemInfo {
    let info: ItemInfo | undefined;
    try {
      info = this.engine.getItemInfo(this.engine, this.cookie, item);
      if (info?.value instanceof Uint8Array && typeof info.cas === 'bigint') return info;
    } catch (error) {
      this.#keepOnce(item);
      throw error;
    }
    this.#keepOnce(item);
    this.settle(info);
    throw new TypeError(`getItemInfo answered ${String(info)}, without a value and a cas.`);
  }

  memoryOf(item: Item, length: number): Uint8Array {
    const { value } = this.infoOf(item);
    if (value.length === length) return value;
    throw new RangeError(`The engine made room for ${value.length} bytes where ${length} were asked for.`);
  }

  settle<T>(answer: T): T {
    catchStray(answer, (error) => this.#blame(error));
    return answer;
  }

  succeed(cas = 0n, mutation?: MutationDescr): EngineErrorCode {
    if (this.#quiet === 'success') return ENGINE_SUCCESS;
    const output = this.#output;
    const { opcode, opaque } = this.request;
    const extlen = mutation !== undefined && this.session.mutationExtras ? 16 : 0;
    const at = output.reserve(HEADER_LENGTH + extlen);
    const { memory } = output;
    writeResponseHeader(memory, at, opcode, 0, extlen, 0, Status.Success, extlen, opaque, cas);
    if (mutation !== undefined && extlen > 0) {
      writeU64(memory, at + HEADER_LENGTH, mutation.vbucketUuid);
      writeU64(memory, at + HEADER_LENGTH + 8, mutation.seqno);
    }
    output.endOfResponse();
    return ENGINE_SUCCESS;
  }

  fail(status: number): EngineErrorCode {
    if (status === Status.KeyEnoent && this.#quiet === 'miss') return ENGINE_SUCCESS;
    if (status === Status.Success && this.#quiet === 'success') return ENGINE_SUCCESS;
    const { errorContext } = this.session;
    if (errorContext !== '' && status !== Status.Success && this.session.xerror) {
      this.session.errorContext = '';
      const value = Buffer.from(JSON.stringify({ error: { context: errorContext } }));
      return this.respond({ status, value, datatype: this.session.datatypes & Datatype.Json });
    }
    if (!this.host.profile.errorTexts) return this.respond({ status });
    return this.respond({ status, value: Buffer.from(errorText(status), 'latin1') });
  }

  respond(response: Response): EngineErrorCode {
    const { cas, datatype, extras, key, status, value } = checkedResponse(response);
    const output = this.#output;
    const { opcode, opaque } = this.request;
    const bodylen = extras.length + key.length + value.length;
    const at = output.reserve(HEADER_LENGTH);
    writeResponseHeader(
      output.memory,
      at,
      opcode,
      key.length,
      extras.length,
      datatype,
      status,
      bodylen,
      opaque,
      cas,
    );
    if (extras.length > 0) output.copy(extras);
    if (key.length > 0) output.copy(key);
    if (value.length > 0) output.copy(value);
    output.endOfResponse();
    return ENGINE_SUCCESS;
  }

  sendDocument(item: Item, info: ItemInfo, withKey: boolean): EngineErrorCode {
    const { request } = this;
    const output = this.#output;
    // Only sub-document commands and DCP speak of xattrs (kv_engine get_context.cc).
    const hasXattrs = (info.datatype & Datatype.Xattr) !== 0;
    const value = hasXattrs ? info.value.subarray(xattrLength(info.value)) : info.value;
    const { length } = value;
    const keylen = withKey ? request.keylen : 0;
    const head = HEADER_LENGTH + 4 + keylen;
    const isChained = output.sendsByReference(length);
    const isWhole = !isChained && length <= SMALL_VALUE;
    const at = output.reserve(isWhole ? head + length : head);
    const { memory } = output;
    const datatype = info.datatype & this.session.datatypes & ~Datatype.Xattr;
    writeResponseHeader(
      memory,
      at,
      request.opcode,
      keylen,
      4,
      datatype,
      Status.Success,
      4 + keylen + length,
      request.opaque,
      info.cas,
    );
    writeU32(memory, at + HEADER_LENGTH, info.flags);
    if (keylen > 0) request.bytes.copy(memory, at + HEADER_LENGTH + 4, request.keyAt, request.valueAt);
    if (isWhole) memory.set(value, at + head);
    else if (isChained) {
      const { engine } = this;
      // The command is over by then.
      output.chain(value, () => this.#release(engine, undefined, item));
      output.endOfResponse();
      return ENGINE_SUCCESS;
    } else output.copy(value);
    this.#release(this.engine, this.cookie, item);
    output.endOfResponse();
    return ENGINE_SUCCESS;
  }

  closeAfterFlush(): void {
    this.#owner.closeAfterFlush();
  }

  selectBucket(bucket: Bucket): void {
    this.#owner.selectBucket(bucket);
    this.engine = bucket.engine;
  }

  #end(code: number): Ending {
    if (this.#kept.length > 0) this.#releaseKept();
    this.progress = undefined;
    this.cookie.early = undefined;
    if (code === ENGINE_SUCCESS) return 'done';
    const status = code === ENGINE_DISCONNECT ? DISCONNECT : statusOfEngineCode(code, this.session.xerror);
    if (status === Status.Einternal && !isEngineErrorCode(code)) {
      this.#blame(new TypeError(`The engine answered ${code}, which is no code.`));
      if (this.#isResponse) return 'close';
    }
    if (status === DISCONNECT) return 'close';
    if (!this.#isResponse) this.fail(status);
    return 'done';
  }

  /** A DCP peer's response runs, which is not answered. */
  get #isResponse(): boolean {
    return this.request.magic === Magic.ClientResponse;
  }

  /** What ends a command whose engine broke its contract: where nothing can be said of it, the connection goes. */
  get #failure(): number {
    return this.#isResponse ? ENGINE_DISCONNECT : EngineErrorCode.ENGINE_FAILED;
  }

  /** What the engine cannot tell about is given back all the same. */
  #keepOnce(item: Item): void {
    if (!this.#kept.includes(item)) this.#kept.push(item);
  }

  #releaseKept(): void {
    const kept = this.#kept;
    for (let i = 0; i < kept.length; i++) this.#release(this.engine, this.cookie, kept[i] as Item);
    kept.length = 0;
  }

  #release(engine: EngineInterface, cookie: CommandCookie | undefined, item: Item): void {
    try {
      const nothing: unknown = engine.release(engine, cookie, item);
      if (nothing !== undefined) this.settle(nothing);
    } catch (error) {
      this.#blame(error);
    }
  }

  /** The code in a slot's result; what is no result is an internal error, and a promise must not end the process. */
  #codeIn(result: unknown): number {
    if (
      typeof result === 'object' &&
      result !== null &&
      'status' in result &&
      typeof result.status === 'number'
    )
      return result.status;
    this.settle(result);
    this.#blame(
      new TypeError(
        `The engine answered ${String(result)}: a slot answers a code, and waits with ENGINE_EWOULDBLOCK.`,
      ),
    );
    return this.#failure;
  }

  #blame(error: unknown): void {
    this.host.stats.engineFaults += 1;
    this.host.log('error', 'the engine failed', {
      bucket: this.session.bucket.name,
      opcode: this.request.opcode,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

/** Up to this many bytes a value is copied together with its header. */
const SMALL_VALUE = 16 * 1024;
