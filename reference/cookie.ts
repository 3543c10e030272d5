// A cookie: what an engine holds of a command that runs or waits. Decides which notification counts.
import type { Cookie } from './engine/contract.ts';

/** Whoever runs the commands of a cookie. */
export interface CookieOwner {
  /** The command may go on, with this code; called at most once for each wait. */
  onNotified(cookie: CommandCookie, code: number): void;
  /** Nothing waits: a DCP connection may have something to send. */
  onWoken(cookie: CommandCookie): void;
}

/**
 * One for all commands of a connection as long as none of them waits: after a wait the connection takes a new one, so
 * that a late or second notification finds nobody. A DCP connection keeps its cookie for life.
 */
export class CommandCookie implements Cookie {
  readonly name: string;
  /** Undefined once the connection is gone or took another cookie. */
  owner: CookieOwner | undefined;
  /** A slot has answered ENGINE_EWOULDBLOCK, and nobody has notified. */
  isBlocked = false;
  /** A slot is being called right now. */
  isRunning = false;
  /** The code of a notification that came before the slot returned. */
  early: number | undefined = undefined;
  /** References that the engine holds (`reserve`). */
  reserved = 0;

  constructor(name: string, owner: CookieOwner) {
    this.name = name;
    this.owner = owner;
  }

  /** `notifyIoComplete`. */
  notify(code: number): void {
    const { owner } = this;
    if (owner === undefined) return;
    if (this.isBlocked) {
      this.isBlocked = false;
      owner.onNotified(this, code);
    } else if (this.isRunning) {
      this.early ??= code;
    } else {
      owner.onWoken(this);
    }
  }
}
