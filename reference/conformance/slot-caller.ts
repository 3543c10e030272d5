// Calls one slot: waits where it blocks, calls it again, and looks at the shape of what it answers.
import { EngineErrorCode, type EngineFailed } from '../engine/error-code.ts';
import { withDeadline } from './deadline.ts';
import { ConformanceFailure, codeName, show } from './failure.ts';
import type { MockCookie } from './mock-core/mock-cookie.ts';
import { codeShape, type Shape, statusOf } from './result-shapes.ts';

const { ENGINE_EWOULDBLOCK, ENGINE_SUCCESS } = EngineErrorCode;

/** How often one call may answer ENGINE_EWOULDBLOCK before it is taken for one that never ends. */
const MAX_BLOCKS = 100;

/** Calls slots for one engine. */
export class SlotCaller {
  /** Slots that answered ENGINE_EWOULDBLOCK at least once. */
  readonly blocked: Set<string> = new Set();
  readonly #waitMs: number;

  /** `waitMs`: how long a blocked slot may take to notify, in milliseconds. */
  constructor(waitMs: number) {
    this.#waitMs = waitMs;
  }

  /**
   * Calls a slot that may block, until it answers.
   * @throws ConformanceFailure where it throws, answers nonsense, or never answers.
   */
  async call<T>(slot: string, cookie: MockCookie, invoke: () => T, shape: Shape): Promise<T | EngineFailed> {
    for (let attempt = 0; attempt < MAX_BLOCKS; attempt++) {
      const result = this.#invoke(slot, cookie, invoke, shape);
      const isBlocked = statusOf(result) === ENGINE_EWOULDBLOCK;
      cookie.end(isBlocked);
      if (!isBlocked) return result;
      this.blocked.add(slot);
      const code = await cookie.notified(this.#waitMs);
      if (code !== ENGINE_SUCCESS) return this.#ended(slot, cookie, code);
    }
    cookie.end(false);
    throw new ConformanceFailure(`${slot} answered ENGINE_EWOULDBLOCK ${MAX_BLOCKS} times in a row.`);
  }

  /** As `call`, for a slot that answers a code alone. */
  async callForCode(
    slot: string,
    cookie: MockCookie,
    invoke: () => EngineErrorCode,
  ): Promise<EngineErrorCode> {
    const result = await this.call(slot, cookie, invoke, codeShape);
    return typeof result === 'number' ? result : result.status;
  }

  /** Calls a slot that has no code to block with. */
  callNow<T>(slot: string, cookie: MockCookie, invoke: () => T, shape: Shape): T {
    // Within another call, as the core does from a producer: that one goes on afterwards.
    const isNested = cookie.phase === 'running';
    const outer = cookie.slot;
    const result = this.#invoke(slot, cookie, invoke, shape);
    if (isNested) cookie.begin(outer);
    else cookie.end(false);
    return result;
  }

  /** Calls a slot that takes no cookie. */
  callPlain<T>(slot: string, invoke: () => T, shape: Shape): T {
    return checked(slot, attempt(slot, invoke), shape);
  }

  /** Waits for a slot that may answer with a promise. */
  async callSlow<T>(slot: string, invoke: () => T | Promise<T>, shape: Shape): Promise<T> {
    const answer = Promise.resolve(attempt(slot, invoke));
    try {
      return checked(
        slot,
        await withDeadline(answer, this.#waitMs, `${slot} did not settle its promise`),
        shape,
      );
    } catch (error) {
      throw error instanceof ConformanceFailure ? error : thrown(slot, error);
    }
  }

  /** Waits for something that the engine does on its own. */
  async waitFor(isDone: () => boolean, text: string): Promise<void> {
    let isOver = false;
    const done = async (): Promise<void> => {
      while (!isOver && !isDone()) await new Promise((resolve) => setImmediate(resolve));
    };
    try {
      await withDeadline(done(), this.#waitMs, text);
    } finally {
      isOver = true;
    }
  }

  #invoke<T>(slot: string, cookie: MockCookie, invoke: () => T, shape: Shape): T {
    cookie.begin(slot);
    try {
      return checked(slot, attempt(slot, invoke), shape);
    } catch (error) {
      cookie.end(false);
      throw error;
    }
  }

  #ended(slot: string, cookie: MockCookie, code: EngineErrorCode): EngineFailed {
    cookie.end(false);
    if (code === ENGINE_EWOULDBLOCK || code === ENGINE_SUCCESS) {
      throw new ConformanceFailure(`${slot} was ended by notifyIoComplete with ${codeName(code)}.`);
    }
    return { status: code };
  }
}

function attempt<T>(slot: string, invoke: () => T): T {
  try {
    return invoke();
  } catch (error) {
    throw error instanceof ConformanceFailure ? error : thrown(slot, error);
  }
}

function checked<T>(slot: string, result: T, shape: Shape): T {
  const problem = shape(result);
  // A promise where none belongs is reported by its shape; its rejection must not end the process.
  if (problem !== undefined && result instanceof Promise) result.catch(() => {});
  if (problem !== undefined) throw new ConformanceFailure(`${slot} answered ${show(result)}: ${problem}.`);
  return result;
}

function thrown(slot: string, error: unknown): ConformanceFailure {
  const failure = new ConformanceFailure(`${slot} threw ${show(error).replace(/\.$/, '')}.`);
  failure.cause = error;
  return failure;
}
