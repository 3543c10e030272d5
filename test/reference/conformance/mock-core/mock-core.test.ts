// The mock core: a clock that is turned, cookies that are counted, and events that are told.
import { beforeEach, describe, expect, test } from 'vitest';
import { MockCore } from '../../../../reference/conformance/mock-core/mock-core.ts';
import { type Cookie, EngineEventType } from '../../../../reference/engine/contract.ts';

let core: MockCore;
beforeEach(() => {
  core = new MockCore('current');
});

describe('the clock', () => {
  test('stands still until it is turned', () => {
    const { core: clock } = core.getServerApi();
    const before = clock.getCurrentTime();
    expect(clock.realtime(10)).toBe(before + 10);
    expect(clock.realtime(0)).toBe(0);
    expect(clock.abstime(clock.realtime(10))).toBe(core.epoch + 10);
    core.timeTravel(40 * 86_400);
    expect(clock.getCurrentTime()).toBe(before + 40 * 86_400);
    expect(clock.abstime(clock.realtime(core.epoch + 5))).toBe(core.epoch + 5);
  });
});

describe('a cookie', () => {
  test('says what its client agreed on', () => {
    const { cookie: api } = core.getServerApi();
    const plain = core.createCookie({ datatypes: 0 });
    const modern = core.createCookie({ datatypes: 5, mutationExtras: true, collections: true });
    expect([api.isDatatypeSupported(plain, 1), api.isDatatypeSupported(plain, 0)]).toEqual([false, true]);
    expect([api.isDatatypeSupported(modern, 5), api.isDatatypeSupported(modern, 7)]).toEqual([true, false]);
    expect(api.isMutationExtrasSupported(modern)).toBe(true);
    expect(api.isCollectionsSupported(plain)).toBe(false);
    expect(api.getConnectionId(modern)).toBe(2n);
  });

  test('keeps one value for the engine', () => {
    const { cookie: api } = core.getServerApi();
    const [one, other] = [core.createCookie(), core.createCookie()];
    api.storeEngineSpecific(one, 'kept');
    expect([api.getEngineSpecific(one), api.getEngineSpecific(other)]).toEqual(['kept', undefined]);
  });

  test('is of no use after its connection closed, unless it was reserved', () => {
    const { cookie: api } = core.getServerApi();
    const [reserved, plain] = [core.createCookie(), core.createCookie()];
    expect(api.reserve(reserved)).toBe(0);
    core.disconnectAll();
    api.storeEngineSpecific(reserved, 'still here');
    expect(core.reserved).toEqual([reserved]);
    expect(api.release(reserved)).toBe(0);
    core.violations.check();
    api.getEngineSpecific(plain);
    expect(() => core.violations.check()).toThrow(
      /getEngineSpecific got a cookie whose connection is closed/,
    );
    api.release(reserved);
    expect(() => core.violations.check()).toThrow(/release got a cookie whose connection is closed/);
  });

  test('has to be a cookie of this core', () => {
    const { cookie: api } = core.getServerApi();
    api.notifyIoComplete({ name: 'forged' }, 0);
    expect(() => core.violations.check()).toThrow(
      /notifyIoComplete got \{name: "forged"\} in place of a cookie/,
    );
    api.getEngineSpecific(new MockCore('current').createCookie() as Cookie);
    expect(() => core.violations.check()).toThrow(/in place of a cookie/);
    api.notifyIoComplete(core.createCookie(), 99 as never);
    expect(() => core.violations.check()).toThrow(/notifyIoComplete got 99 in place of an engine code/);
    const cookie = core.createCookie();
    expect(api.release(cookie)).not.toBe(0);
    expect(() => core.violations.check()).toThrow('release got a cookie that is not reserved.');
  });
});

describe('events', () => {
  test('tell of a connection that closed, once, while its cookie is good', () => {
    const { callback, cookie: api } = core.getServerApi();
    const cookie = core.createCookie();
    api.storeEngineSpecific(cookie, 'session');
    const heard: unknown[] = [];
    callback.registerCallback({ interface: 1 }, EngineEventType.ON_DISCONNECT, (closed, type) => {
      heard.push(closed && api.getEngineSpecific(closed), type);
    });
    callback.registerCallback({ interface: 1 }, EngineEventType.ON_LOG_LEVEL, () => heard.push('log level'));
    core.disconnect(cookie);
    core.disconnect(cookie);
    expect(heard).toEqual(['session', EngineEventType.ON_DISCONNECT]);
    core.violations.check();
  });

  test('that throw are told of', () => {
    const { callback } = core.getServerApi();
    callback.registerCallback({ interface: 1 }, EngineEventType.ON_DISCONNECT, () => {
      throw new Error('no such session');
    });
    core.disconnect(core.createCookie());
    expect(() => core.violations.check()).toThrow('the callback for event 0 threw Error: no such session.');
  });
});
