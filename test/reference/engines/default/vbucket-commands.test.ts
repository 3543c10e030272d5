// SetVbucket, GetVbucket and DelVbucket, as the core hands them in.
import { describe, expect, test } from 'vitest';
import { type Bucket, startBucket } from './bucket.ts';

const SET = 0x3d;
const GET = 0x3e;
const DEL = 0x3f;

interface Reply {
  readonly code: number;
  readonly value: readonly number[] | undefined;
}

function run(
  bucket: Bucket,
  opcode: number,
  vbucket: number,
  extras: number[] = [],
  value: number[] = [],
): Reply {
  const { engine, cookie } = bucket;
  const request = {
    magic: 0x80,
    opcode,
    keylen: 0,
    extlen: extras.length,
    datatype: 0,
    vbucket,
    bodylen: extras.length + value.length,
    opaque: 1,
    cas: 0n,
  };
  const bytes = new Uint8Array([...new Uint8Array(24), ...extras, ...value]);
  let sent: readonly number[] | undefined;
  const code = engine.unknownCommand(
    engine,
    cookie,
    { request, bytes },
    (_key, _extras, body, _datatype, status, _cas, to) => {
      expect(status).toBe(0);
      expect(to).toBe(cookie);
      sent = [...body];
      return true;
    },
    0,
  );
  return { code, value: sent };
}

describe('SetVbucket', () => {
  test.each([
    ['extras of one byte', [2], []],
    ['extras of four bytes', [0, 0, 0, 2], []],
    ['a value of one byte', [], [2]],
    ['a value of four bytes', [], [0, 0, 0, 2]],
  ])('takes the state in %s', (_name, extras, value) => {
    const bucket = startBucket();
    expect(run(bucket, SET, 7, extras, value)).toEqual({ code: 0, value: [] });
    expect(run(bucket, GET, 7)).toEqual({ code: 0, value: [0, 0, 0, 2] });
    expect(bucket.get('x', 7).status).toBe(0x0c);
    expect(bucket.get('x', 8).status).toBe(0x01);
  });

  test.each([
    ['nothing', [], []],
    ['two bytes', [0, 1], []],
    ['no state', [5], []],
    ['no state that there is', [], [1, 0, 0, 1]],
    ['state 0', [0], []],
  ])('refuses %s', (_name, extras, value) => {
    const bucket = startBucket();
    expect(run(bucket, SET, 7, extras, value)).toEqual({ code: 0x05, value: undefined });
    expect(run(bucket, GET, 7).value).toEqual([0, 0, 0, 1]);
  });

  test('keeps documents, and begins a branch of history when the vbucket is active again', () => {
    const bucket = startBucket();
    bucket.store('kept', 'x');
    const uuid = bucket.get('kept').info?.vbucketUuid;
    run(bucket, SET, 0, [3]);
    expect(bucket.get('kept').status).toBe(0x0c);
    run(bucket, SET, 0, [1]);
    expect(bucket.get('kept').value).toBe('x');
    bucket.store('later', 'y');
    expect(bucket.get('later').info?.vbucketUuid).not.toBe(uuid);
    expect(bucket.get('kept').info?.vbucketUuid).toBe(uuid);
  });

  test('makes a vbucket usable that began dead', () => {
    const bucket = startBucket('vbuckets=dead');
    expect(run(bucket, GET, 4).value).toEqual([0, 0, 0, 4]);
    run(bucket, SET, 4, [1]);
    expect(bucket.store('x', 'y', { vbucket: 4 }).status).toBe(0);
  });
});

test('DelVbucket leaves nothing', () => {
  const bucket = startBucket();
  bucket.store('gone', 'x', { vbucket: 3 });
  expect(run(bucket, DEL, 3)).toEqual({ code: 0, value: [] });
  expect(run(bucket, GET, 3).value).toEqual([0, 0, 0, 4]);
  run(bucket, SET, 3, [1]);
  expect(bucket.get('gone', 3).status).toBe(0x01);
  bucket.store('new', 'x', { vbucket: 3 });
  expect(bucket.get('new', 3).info?.seqno).toBe(1n);
});

test('vbuckets that there are not are somebody else’s', () => {
  const bucket = startBucket();
  for (const opcode of [SET, GET, DEL]) expect(run(bucket, opcode, 1024, [1]).code).toBe(0x0c);
});

test('other commands are not supported', () => {
  const bucket = startBucket();
  for (const opcode of [0x3c, 0x40, 0x48, 0x91, 0xf0]) {
    expect(run(bucket, opcode, 0)).toEqual({ code: 0x06, value: undefined });
  }
});

test('says so where the response could not be queued', () => {
  const { engine, cookie } = startBucket();
  const request = {
    magic: 0x80,
    opcode: GET,
    keylen: 0,
    extlen: 0,
    datatype: 0,
    vbucket: 0,
    bodylen: 0,
    opaque: 1,
    cas: 0n,
  };
  const code = engine.unknownCommand(engine, cookie, { request, bytes: new Uint8Array(24) }, () => false, 0);
  expect(code).toBe(0xff);
});
