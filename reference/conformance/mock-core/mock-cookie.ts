// One cookie of the mock core: what an engine may find out about it, and the notifications that it waits for.
import type { Cookie, EngineErrorCode } from '../../engine/contract.ts';
import { withDeadline } from '../deadline.ts';
import type { MockConnection } from './mock-connection.ts';
import type { Violations } from './violations.ts';

/** What a test may want to be different about a cookie. */
export interface CookieOptions {
  /** A DCP connection's: may be notified at any time. */
  readonly isDcp?: boolean;
  /** Datatype bits that the client takes; all by default. */
  readonly datatypes?: number;
  readonly mutationExtras?: boolean;
  readonly collections?: boolean;
}

/** A cookie with its connection. */
export class MockCookie implements Cookie {
  readonly name: string;
  readonly isDcp: boolean;
  readonly datatypes: number;
  readonly mutationExtras: boolean;
  readonly collections: boolean;
  readonly connection: MockConnection;
  /** What the engine keeps here. */
  engineSpecific: unknown = undefined;
  /** References that the engine holds (`reserve`). */
  reserved = 0;
  /** The connection is gone. */
  isClosed = false;
  /** The slot that runs or waits. */
  slot = '';
  phase: 'idle' | 'running' | 'blocked' = 'idle';
  /** Opcode of the command that is blocked; 0xff for none. */
  opcode = 0xff;
  /** How often the engine notified this cookie. */
  notifications = 0;
  #early: EngineErrorCode | undefined;
  #wake: (() => void) | undefined;
  readonly #violations: Violations;

  constructor(name: string, options: CookieOptions, connection: MockConnection, violations: Violations) {
    this.name = name;
    this.isDcp = options.isDcp ?? false;
    this.datatypes = options.datatypes ?? 0xff;
    this.mutationExtras = options.mutationExtras ?? false;
    this.collections = options.collections ?? false;
    this.connection = connection;
    this.#violations = violations;
  }

  /** Whether an engine may still use it. */
  get isUsable(): boolean {
    return !this.isClosed || this.reserved > 0 || this.phase !== 'idle';
  }

  /** A slot is about to be called. */
  begin(slot: string): void {
    this.slot = slot;
    this.phase = 'running';
    this.connection.isOpen = true;
  }

  /** The slot returned; `blocked` where its answer comes later. */
  end(blocked: boolean): void {
    this.connection.isOpen = false;
    this.phase = blocked ? 'blocked' : 'idle';
    if (blocked) return;
    if (this.#early !== undefined && !this.isDcp) {
      this.#violations.add(`${this.slot} answered, and notifyIoComplete was called for it all the same`);
    }
    this.#early = undefined;
  }

  /** `notifyIoComplete`. */
  notify(status: EngineErrorCode): void {
    this.notifications += 1;
    if (this.phase === 'idle') {
      if (this.isDcp) return;
      const last = this.slot === '' ? 'no slot was called with it' : `the last call was ${this.slot}`;
      this.#violations.add(`notifyIoComplete for a cookie that waits for nothing (${last})`);
    } else if (this.#early === undefined) {
      this.#early = status;
      this.#wake?.();
    } else if (!this.isDcp) {
      this.#violations.add(`notifyIoComplete was called twice for one ENGINE_EWOULDBLOCK of ${this.slot}`);
    }
  }

  /**
   * Waits for the notification of the slot that is blocked.
   * @throws ConformanceFailure where none came within `waitMs` milliseconds.
   */
  async notified(waitMs: number): Promise<EngineErrorCode> {
    if (this.#early === undefined) {
      const notified = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const text = `${this.slot} answered ENGINE_EWOULDBLOCK and never called notifyIoComplete`;
      await withDeadline(notified, waitMs, text);
      this.#wake = undefined;
    }
    const status = this.#early as EngineErrorCode;
    this.#early = undefined;
    return status;
  }
}
