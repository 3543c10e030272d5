// Calls of slots: waiting, calling again, and what is said of answers that are none.
import { beforeEach, describe, expect, test } from 'vitest';
import type { MockCookie } from '../../../reference/conformance/mock-core/mock-cookie.ts';
import { MockCore } from '../../../reference/conformance/mock-core/mock-core.ts';
import { codeShape, itemPairShape, nothingShape } from '../../../reference/conformance/result-shapes.ts';
import { SlotCaller } from '../../../reference/conformance/slot-caller.ts';
import type { EngineErrorCode } from '../../../reference/engine/contract.ts';

const [SUCCESS, ENOENT, EWOULDBLOCK, TMPFAIL] = [0, 1, 7, 13] as const;
let core: MockCore;
let cookie: MockCookie;
let caller: SlotCaller;
beforeEach(() => {
  core = new MockCore('current');
  cookie = core.createCookie();
  caller = new SlotCaller(20);
});

const notify = (code: EngineErrorCode = SUCCESS): void =>
  core.getServerApi().cookie.notifyIoComplete(cookie, code);

/** A slot that answers these, one after the other. */
const answers = (...codes: EngineErrorCode[]): (() => EngineErrorCode) => {
  return () => codes.shift() ?? SUCCESS;
};

describe('a slot that blocks', () => {
  test('is called again once it was notified', async () => {
    const flush = answers(EWOULDBLOCK, EWOULDBLOCK, ENOENT);
    const result = caller.callForCode('flush', cookie, () => {
      const code = flush();
      if (code === EWOULDBLOCK) setImmediate(notify);
      return code;
    });
    expect(cookie.phase).toBe('blocked');
    expect(await result).toBe(ENOENT);
    expect([...caller.blocked]).toEqual(['flush']);
    expect(cookie.phase).toBe('idle');
    core.violations.check();
  });

  test('may notify before it returns', async () => {
    const flush = answers(EWOULDBLOCK, SUCCESS);
    const call = (): EngineErrorCode => {
      const code = flush();
      if (code === EWOULDBLOCK) notify();
      return code;
    };
    expect(await caller.callForCode('flush', cookie, call)).toBe(SUCCESS);
    core.violations.check();
  });

  test('ends with the code of its notification, and is not called again', async () => {
    let calls = 0;
    const result = await caller.callForCode('flush', cookie, () => {
      calls += 1;
      notify(TMPFAIL);
      return EWOULDBLOCK;
    });
    expect([result, calls]).toEqual([TMPFAIL, 1]);
  });

  test('is a failure where it never notifies, by the name of the slot', async () => {
    const stuck = caller.callForCode('flush', cookie, () => EWOULDBLOCK);
    await expect(stuck).rejects.toMatchObject({
      message: 'flush answered ENGINE_EWOULDBLOCK and never called notifyIoComplete (waited 20 ms).',
      isHang: true,
    });
  });

  test('may not end with ENGINE_EWOULDBLOCK', async () => {
    const call = (): EngineErrorCode => {
      notify(EWOULDBLOCK);
      return EWOULDBLOCK;
    };
    await expect(caller.callForCode('flush', cookie, call)).rejects.toThrow(
      'flush was ended by notifyIoComplete with ENGINE_EWOULDBLOCK.',
    );
  });
});

describe('notifications', () => {
  test('for a call that answered are told of', async () => {
    await caller.callForCode('flush', cookie, () => {
      notify();
      return SUCCESS;
    });
    expect(() => core.violations.check()).toThrow(
      'flush answered, and notifyIoComplete was called for it all',
    );
  });

  test('for a cookie that never waited are told of', () => {
    notify();
    expect(() => core.violations.check()).toThrow(/waits for nothing \(no slot was called with it\)/);
  });

  test('may come at any time for a DCP connection', async () => {
    cookie = core.createCookie({ isDcp: true });
    notify();
    await caller.callForCode('dcp.noop', cookie, () => {
      notify();
      return SUCCESS;
    });
    expect(cookie.notifications).toBe(2);
    core.violations.check();
  });
});

describe('an answer that is none', () => {
  test('is shown with the name of the slot', async () => {
    const call = (result: unknown): Promise<unknown> =>
      caller.call('get', cookie, () => result as never, itemPairShape);
    await expect(call(undefined)).rejects.toThrow(
      'get answered undefined: an object with a status is expected.',
    );
    await expect(call({ status: 99 })).rejects.toThrow(
      'get answered {status: 99}: its status 99 is no engine code.',
    );
    await expect(call({ status: 0 })).rejects.toThrow(
      'get answered {status: 0}: ENGINE_SUCCESS without an item.',
    );
    await expect(call(Promise.reject(new Error('later')))).rejects.toThrow(/get answered a promise/);
    expect(() => caller.callNow('release', cookie, () => 1, nothingShape)).toThrow(
      'release answered 1: nothing is',
    );
  });

  test('is an error with the slot in front', async () => {
    const call = (): never => {
      throw new TypeError('no such table.');
    };
    await expect(caller.call('get', cookie, call, itemPairShape)).rejects.toThrow(
      'get threw TypeError: no such table.',
    );
    expect(() => caller.callPlain('getInfo', call, nothingShape)).toThrow(
      'getInfo threw TypeError: no such table.',
    );
    const late = caller.callSlow('destroy', () => Promise.reject(new Error('busy')), nothingShape);
    await expect(late).rejects.toThrow('destroy threw Error: busy.');
    const never = caller.callSlow('destroy', () => new Promise(() => {}), nothingShape);
    await expect(never).rejects.toThrow('destroy did not settle its promise (waited 20 ms).');
  });
});

test('a call within a call leaves the outer one running', async () => {
  const states: string[] = [];
  const outer = (): EngineErrorCode => {
    const inner = caller.callNow('getItemInfo', cookie, answers(SUCCESS), codeShape);
    states.push(cookie.slot, cookie.phase, String(cookie.connection.isOpen));
    return inner;
  };
  await caller.callForCode('dcp.step', cookie, outer);
  expect(states).toEqual(['dcp.step', 'running', 'true']);
  expect([cookie.phase, cookie.connection.isOpen]).toEqual(['idle', false]);
});
