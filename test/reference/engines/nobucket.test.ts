import { describe, expect, test } from 'vitest';
import { type Cookie, EngineErrorCode, type EngineInterface } from '../../../reference/engine/contract.ts';
import { dcpSlots, engineSlots, missingSlots } from '../../../reference/engine/slots.ts';
import { createInstance } from '../../../reference/engines/nobucket.ts';
import { docKey, smallServer } from '../../support/small-server-api.ts';

const { ENGINE_ENOTSUP, ENGINE_NO_BUCKET, ENGINE_SUCCESS } = EngineErrorCode;
const COOKIE: Cookie = { name: 'a client' };

function make(): EngineInterface {
  const made = createInstance(1, () => smallServer().api as never);
  if (made.status !== ENGINE_SUCCESS) throw new Error(`createInstance: ${made.status}`);
  return made.handle;
}

/** Calls a slot with the handle, a cookie and nothing that it looks at. */
function call(table: object, name: string, engine: EngineInterface): unknown {
  const slot: unknown = Reflect.get(table, name);
  if (typeof slot !== 'function') throw new Error(`no slot ${name}`);
  return Reflect.apply(slot, table, [engine, COOKIE, docKey('anything'), 0]);
}

const codeIn = (answer: unknown): unknown =>
  typeof answer === 'object' && answer !== null && 'status' in answer ? answer.status : answer;

describe('the engine without a bucket', () => {
  const engine = make();

  test('is an engine, and refuses versions that it does not speak', async () => {
    expect(missingSlots(engine)).toEqual([]);
    expect(await engine.initialize(engine, 'any')).toBe(ENGINE_SUCCESS);
    expect(createInstance(2, () => smallServer().api as never)).toEqual({ status: ENGINE_ENOTSUP });
    expect(engine.isXattrEnabled(engine)).toBe(false);
    expect(engine.getInfo(engine).features).toEqual([]);
    expect(engine.resetStats(engine, COOKIE)).toBeUndefined();
    expect(engine.destroy(engine, false)).toBeUndefined();
  });

  const data =
    'allocate allocateEx remove get getIf getLocked getAndTouch unlock store storeIf flush getStats';
  test.each([...data.split(' '), 'unknownCommand'])('answers ENGINE_NO_BUCKET to %s', (name) => {
    expect(codeIn(call(engine, name, engine))).toBe(ENGINE_NO_BUCKET);
  });

  test('answers ENGINE_NO_BUCKET to every DCP slot that it has, and to collections', () => {
    const { dcp = {}, collections = {} } = engine;
    const answers = Object.keys(dcp).map((name) => codeIn(call(dcp, name, engine)));
    expect(answers).toEqual(Array<unknown>(14).fill(ENGINE_NO_BUCKET));
    expect(codeIn(call(collections, 'setManifest', engine))).toBe(ENGINE_NO_BUCKET);
  });

  test("lacks the slots that kv_engine's lacks", () => {
    const lacking = [
      ...Object.keys(engineSlots).filter((name) => !(name in engine)),
      ...Object.keys(dcpSlots).filter((name) => !(name in (engine.dcp ?? {}))),
    ];
    expect(lacking).toEqual([
      'getMeta',
      'setLogLevel',
      'noop',
      'bufferAcknowledgement',
      'control',
      'responseHandler',
    ]);
  });

  test('has no items, and says so to whoever comes with one', () => {
    for (const name of ['release', 'itemSetCas', 'getItemInfo', 'setItemInfo']) {
      expect(() => call(engine, name, engine)).toThrow('has no items');
    }
  });
});
