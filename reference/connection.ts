// One client's connection: takes requests off the input, runs them in order, sends what they said, once for each batch.
// Stops where a command waits or the send queue is full, and goes on when told.
import type { Bucket } from './bucket.ts';
import type { Bufferevent, BuffereventEvents } from './bufferevent/bufferevent.ts';
import type { BusyPoll } from './busy-poll.ts';
import type { ConnectionFacts, Host } from './command.ts';
import { ConnectionWatch } from './connection-watch.ts';
import { CommandCookie, type CookieOwner } from './cookie.ts';
import { DcpShipper } from './dcp-shipper.ts';
import { handlerFor } from './dispatch.ts';
import { EngineErrorCode, EngineEventType } from './engine/contract.ts';
import { fire } from './events.ts';
import { FullQueuePass } from './full-queue-pass.ts';
import type { OutputStream } from './output-stream.ts';
import { HEADER_LENGTH } from './protocol/header.ts';
import { Magic } from './protocol/magic.ts';
import { frameProblem } from './protocol/validators.ts';
import { runPacket } from './run-packet.ts';
import { type CommandOwner, type Ending, RunningCommand } from './running-command.ts';
import { Session } from './session.ts';

/** What a connection needs of its server. */
export interface ConnectionHost extends Host {
  /** In bytes, header excluded; a request that announces more is not read. */
  readonly maxPacketSize: number;
  /** After so many requests in a row other connections go first. */
  readonly maxRequestsPerEvent: number;
  /** In bytes: what a connection reads ahead while a command of it waits. */
  readonly maxReadAhead: number;
  /** Seconds without a byte after which a connection is closed; 0 is never. */
  readonly idleTimeout: number;
  readonly initialBucket: Bucket;
  /** Undefined where the event loop is not to be kept awake. */
  readonly busyPoll: BusyPoll | undefined;
  /** Runs a task after the current one, never within it. */
  schedule(task: () => void): void;
  onConnectionClosed(connection: Connection): void;
}

/** What the first byte of a client's packet may be. */
const isMagic = (byte: number): boolean => byte === Magic.ClientRequest || byte === Magic.ClientResponse;

/** A client's connection. */
export class Connection implements BuffereventEvents, CookieOwner, CommandOwner, ConnectionFacts {
  readonly id: bigint;
  readonly host: ConnectionHost;
  readonly session: Session;
  readonly output: OutputStream;
  cookie: CommandCookie;
  readonly #bufferevent: Bufferevent;
  readonly #command: RunningCommand;
  readonly #dcp: DcpShipper;
  readonly #watch: ConnectionWatch;
  readonly #pass: FullQueuePass;
  /** A command waits for its engine. */
  #isBlocked = false;
  /** What the engine notified with, until the command goes on. */
  #notified: number | undefined = undefined;
  /** No request is taken any more; what is queued still goes out. */
  #isClosing = false;
  /** The send queue was full when the next request was to run. */
  #isHeld = false;
  #isYielding = false;
  #isShuttingDown = false;
  #hasEnded = false;
  #isClosed = false;

  constructor(
    id: bigint,
    host: ConnectionHost,
    makeBufferevent: (events: BuffereventEvents) => Bufferevent,
    makeOutput: (bufferevent: Bufferevent, connection: Connection) => OutputStream,
  ) {
    this.id = id;
    this.host = host;
    this.session = new Session(host.profile, host.initialBucket);
    this.#bufferevent = makeBufferevent(this);
    this.output = makeOutput(this.#bufferevent, this);
    this.cookie = new CommandCookie(`connection ${id}`, this);
    this.#command = new RunningCommand(this);
    this.#dcp = new DcpShipper(this);
    this.#pass = new FullQueuePass(this.output);
    this.#watch = new ConnectionWatch(host, this.#bufferevent);
  }

  /** Begins to read. */
  start(): void {
    this.#bufferevent.start();
  }

  get peerName(): string {
    return this.#bufferevent.transport.peerName;
  }

  get bytesRead(): number {
    return this.#bufferevent.bytesRead;
  }

  get bytesWritten(): number {
    return this.#bufferevent.output.drained;
  }

  get queued(): number {
    return this.output.length;
  }

  /** Of the command that waits; undefined where none does. */
  get blockedOpcode(): number | undefined {
    return this.#isBlocked ? this.#command.request.opcode : undefined;
  }

  /** A slot of the engine is being called. */
  get isInEngine(): boolean {
    return this.cookie.isRunning || this.#dcp.isShipping;
  }

  /** A command runs or waits, or something is left to send. */
  get isBusy(): boolean {
    return this.#isBlocked || this.output.length > 0;
  }

  onReadable(bytes: Buffer, start: number, end: number): number {
    const { host, output } = this;
    const command = this.#command;
    const frame = command.request;
    if (this.#isBlocked) {
      if (end - start > host.maxReadAhead) this.#bufferevent.pause();
      return start;
    }
    // What follows the last request is of no interest, and keeps nobody alive.
    if (this.#isClosing) return end;
    host.busyPoll?.onBytes();
    this.#watch.onBytes();
    let at = start;
    let left = host.maxRequestsPerEvent;
    while (!this.#isBlocked && !this.#isClosing && !this.#isYielding && end - at >= HEADER_LENGTH) {
      frame.read(bytes, at);
      if (frameProblem(frame, host.maxPacketSize) !== undefined) {
        this.#refuseHeader();
        at = end;
        break;
      }
      if (frame.end > end) break;
      if (output.isFull && !this.#mayPass()) break;
      if (left === 0) {
        this.#yield();
        break;
      }
      left -= 1;
      const ending = this.#runFrame();
      if (ending === 'blocked') {
        this.#isBlocked = true;
        break;
      }
      at = frame.end;
      if (ending === 'close') this.#isClosing = true;
    }
    // One byte is enough to see that this will never be a request.
    const rest = end - at;
    if (rest > 0 && rest < HEADER_LENGTH && !this.#isClosing && !isMagic(bytes[at] as number))
      this.#refuseHeader();
    // It may be megabytes, and the next request may be an hour away.
    frame.forget();
    this.#afterBatch(rest);
    host.busyPoll?.onBatch(host.maxRequestsPerEvent - left);
    return this.#isClosing ? end : at;
  }

  onDrained(): void {
    if (this.#isClosed) return;
    this.#isHeld = false;
    this.#pass.onRoom();
    if (!this.#isClosing) this.#goOn();
  }

  onEnd(): void {
    this.#hasEnded = true;
    this.#watch.onEnd();
    // Nobody is left to wait for.
    if (this.#isClosing && this.output.length === 0) this.destroy();
    else this.#endIfDone();
  }

  onClose(error: Error | undefined): void {
    this.#isClosed = true;
    this.#isClosing = true;
    if (error !== undefined)
      this.host.log('debug', 'connection failed', { connection: this.id, error: error.message });
    const { cookie } = this;
    this.#command.abandon();
    this.#tellDisconnect();
    cookie.owner = undefined;
    this.host.onConnectionClosed(this);
  }

  onNotified(cookie: CommandCookie, code: number): void {
    if (cookie !== this.cookie) return;
    this.#notified = code;
    this.host.schedule(() => this.#resume());
  }

  onWoken(): void {
    if (this.session.dcp !== 'none') this.#dcp.wake();
  }

  /** A second of the server's clock has passed. */
  onSecond(): void {
    if (this.session.dcp !== 'none') this.#dcp.wake();
    const { session } = this;
    const isOver = this.#watch.isOver({
      isClosing: this.#isClosing,
      isBlocked: this.#isBlocked,
      hasEnded: this.#hasEnded,
      isReplicating: session.dcp !== 'none',
    });
    if (isOver) this.destroy();
  }

  closeAfterFlush(): void {
    this.#isClosing = true;
  }

  selectBucket(bucket: Bucket): void {
    if (bucket === this.session.bucket) return;
    this.#tellDisconnect();
    this.session.engineSpecific = undefined;
    this.session.bucket = bucket;
    this.#replaceCookie();
  }

  /** Drops everything at once. */
  destroy(): void {
    this.#isClosing = true;
    this.#bufferevent.destroy();
  }

  /** Takes no more requests, and closes its side as soon as the last response is out; the client's side is its own. */
  shutDown(): void {
    this.#isClosing = true;
    this.#isShuttingDown = true;
    if (this.#isBlocked) return;
    this.#bufferevent.endAfterFlush();
    // Closing with requests unread would be a reset, and could take back responses that the kernel has.
    this.#bufferevent.resume();
  }

  /** It cannot go on without the engine that it has: a command waits, documents are shipped, memory of it is queued. */
  get isTiedToEngine(): boolean {
    return this.isBusy || this.session.dcp !== 'none';
  }

  /** The bucket has another engine now: what the old one knew of this connection is gone. */
  onEngineReplaced(bucket: Bucket): void {
    this.session.bucket = bucket;
    this.session.engineSpecific = undefined;
    this.#replaceCookie();
  }

  /** Runs engine code that is no command, such as `dcp.step`, where an engine may send. */
  get isReadyToShip(): boolean {
    return !this.#isClosed && !this.#isClosing && !this.#isBlocked;
  }

  /** Closes after an engine asked for it outside a command. */
  disconnect(): void {
    // What it said before is said.
    this.#isClosing = true;
    this.#bufferevent.endAfterFlush();
  }

  #runFrame(): Ending {
    const command = this.#command;
    const frame = command.request;
    if (this.#notified !== undefined) {
      const code = this.#notified;
      this.#notified = undefined;
      const handler = handlerFor(frame, this.session);
      const ending =
        code === EngineErrorCode.ENGINE_SUCCESS && handler !== undefined
          ? command.run(handler)
          : command.failWith(code);
      // A notification that comes late must find nobody.
      if (ending !== 'blocked' && this.session.dcp === 'none') this.#replaceCookie();
      if (ending !== 'blocked' && this.#isShuttingDown) this.#isClosing = true;
      return ending;
    }
    return runPacket(command);
  }

  /** A header that makes no sense cannot be answered, nor can anything that follows it. */
  #refuseHeader(): void {
    this.host.stats.invalidRequests += 1;
    this.#isClosing = true;
  }

  /** With a full queue, what empties queues elsewhere still runs: acknowledgements of DCP peers. */
  #mayPass(): boolean {
    const { output } = this;
    if (this.session.dcp !== 'none' && this.#pass.takes(this.#command.request)) return true;
    output.flush();
    if (!output.isFull) return true;
    if (!this.#isHeld) this.host.stats.sendQueueFull += 1;
    this.#isHeld = true;
    return false;
  }

  #yield(): void {
    this.host.stats.connYields += 1;
    this.#isYielding = true;
    this.host.schedule(() => {
      this.#isYielding = false;
      this.#goOn();
    });
  }

  #afterBatch(leftOver: number): void {
    this.#ship();
    this.output.flush();
    if (this.#isClosing) {
      this.#bufferevent.endAfterFlush();
      // To see the client close its side.
      this.#bufferevent.resume();
      return;
    }
    const isStopped =
      this.#isHeld || this.#isYielding || (this.#isBlocked && leftOver > this.host.maxReadAhead);
    if (isStopped) this.#bufferevent.pause();
    else this.#bufferevent.resume();
    this.#endIfDone();
  }

  #ship(): void {
    if (this.session.dcp === 'none') return;
    if (!this.output.isFull) this.#pass.onRoom();
    this.#dcp.ship();
  }

  /** Takes up the input where it stopped. */
  #goOn(): void {
    if (this.#isClosed) return;
    this.#bufferevent.consume();
    if (this.#isClosed || this.#isClosing) return;
    if (!this.#isHeld && !this.#isYielding && !this.#isBlocked) this.#bufferevent.resume();
    if (this.session.dcp !== 'none') {
      this.#ship();
      this.output.flush();
    }
    this.#endIfDone();
  }

  #resume(): void {
    if (this.#isClosed || !this.#isBlocked) return;
    this.#isBlocked = false;
    this.#isClosing = false;
    this.#goOn();
    if (this.#isShuttingDown) this.shutDown();
  }

  /** The client has closed its side: when everything it asked is answered, so does the server. */
  #endIfDone(): void {
    if (!this.#hasEnded || this.#isBlocked || this.#isHeld || this.#isYielding || this.#isClosing) return;
    this.#isClosing = true;
    this.#bufferevent.endAfterFlush();
  }

  #replaceCookie(): void {
    this.cookie.owner = undefined;
    this.cookie = new CommandCookie(this.cookie.name, this);
    this.#command.cookie = this.cookie;
  }

  #tellDisconnect(): void {
    fire(this.host, this.session.bucket, EngineEventType.ON_DISCONNECT, this.cookie);
  }
}
