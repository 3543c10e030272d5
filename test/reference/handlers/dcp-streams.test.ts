import { afterEach, describe, expect, it } from 'vitest';
import type { DcpInterface } from '../../../reference/engine/contract.ts';
import { createServer, type Server } from '../../../reference/server.ts';
import { type DcpRecorder, dcpRecorder } from '../../support/dcp-recorder.ts';
import { RawClient } from '../../support/raw-client.ts';
import { Op, request, streamReq, words } from '../../support/raw-dcp.ts';

let server: Server;

afterEach(() => server.stop({ graceMs: 0 }));

async function connect(engine: DcpRecorder): Promise<RawClient> {
  server = await createServer({ profile: 'couchbase', engine: engine.module, port: false });
  const client = new RawClient(server);
  await client.open(1);
  return client;
}

const LOG = [
  { uuid: 0xfedc_ba98_7654_3210n, seqno: 0x8000_0000_0000_0001n },
  { uuid: 1n, seqno: 0n },
];
const LOG_BYTES = 'fedcba987654321080000000000000010000000000000001' + '0000000000000000';

const streams: DcpInterface = {
  streamReq: (_handle, cookie, _flags, _opaque, _vb, _start, _end, _uuid, _snapStart, _snapEnd, callback) => {
    callback(LOG, cookie);
    return { status: 0 };
  },
  getFailoverLog: (_handle, cookie, _opaque, _vbucket, callback) => callback(LOG, cookie),
};

describe('DCP_STREAM_REQ', () => {
  it('hands over every field and answers the failover log', async () => {
    const engine = dcpRecorder(streams);
    const client = await connect(engine);
    const answer = await client.ask(
      streamReq(1023, {
        opaque: 0xdeadbeef,
        flags: 4,
        start: 0x0102_0304_0506_0708n,
        end: 0xffff_ffff_ffff_ffffn,
        uuid: 0x8877_6655_4433_2211n,
        snapStart: 0x0102_0304_0506_0700n,
        snapEnd: 0x0102_0304_0506_07ffn,
      }),
    );
    expect(engine.last('streamReq').slice(0, -1)).toEqual([
      4,
      0xdeadbeef,
      1023,
      0x0102_0304_0506_0708n,
      0xffff_ffff_ffff_ffffn,
      0x8877_6655_4433_2211n,
      0x0102_0304_0506_0700n,
      0x0102_0304_0506_07ffn,
    ]);
    expect(answer).toMatchObject({ magic: 0x81, opcode: Op.streamReq, status: 0, opaque: 0xdeadbeef });
    expect(answer.value.toString('hex')).toBe(LOG_BYTES);
  });

  it('answers the seqno to roll back to', async () => {
    const rollbackSeqno = 0x8123_4567_89ab_cdefn;
    const engine = dcpRecorder({ streamReq: () => ({ status: 0x0f, rollbackSeqno }) });
    const client = await connect(engine);
    const answer = await client.ask(streamReq(3));
    expect(answer).toMatchObject({ magic: 0x81, opcode: Op.streamReq, status: 0x23, key: '' });
    expect(answer.extras.byteLength).toBe(0);
    expect(answer.value.toString('hex')).toBe('8123456789abcdef');
  });

  it.each([
    ['a stream that is open', 0x02, 0x02],
    ['a range that is none', 0x0e, 0x22],
    ["another's vbucket", 0x0c, 0x07],
    ['too many streams', 0x0d, 0x86],
  ] as const)('answers %s with the status of code %i', async (_, code, status) => {
    const client = await connect(dcpRecorder({ streamReq: () => ({ status: code }) }));
    expect(await client.ask(streamReq(0))).toMatchObject({ status });
    expect(await client.sync()).toEqual([]);
  });

  it('sends one log, the last, and none of a slot that failed or had to wait', async () => {
    const codes = [0x07, 0x00, 0x0d];
    const logs = [[LOG[0]], LOG, [LOG[1]]] as const;
    let call = 0;
    const engine: DcpRecorder = dcpRecorder({
      streamReq: (_handle, cookie, _f, _o, _v, _s, _e, _u, _a, _b, callback) => {
        callback([{ uuid: 99n, seqno: 99n }], cookie);
        callback(logs[call] as typeof LOG, cookie);
        const status = codes[call] as 0;
        call += 1;
        if (call === 1) setImmediate(() => engine.server.cookie.notifyIoComplete(cookie, 0));
        return { status };
      },
    });
    const client = await connect(engine);
    expect((await client.ask(streamReq(0))).value.toString('hex')).toBe(LOG_BYTES);
    const refused = await client.ask(streamReq(0));
    expect([refused.status, refused.value.length]).toEqual([0x86, 0]);
    expect(await client.sync()).toEqual([]);
  });

  it('closes where the engine wakes it with a rollback, which has no seqno', async () => {
    const engine: DcpRecorder = dcpRecorder({
      streamReq: (_handle, cookie) => {
        setImmediate(() => engine.server.cookie.notifyIoComplete(cookie, 0x0f));
        return { status: 0x07 };
      },
    });
    const client = await connect(engine);
    client.send(streamReq(0));
    expect(await client.ended()).toEqual([]);
  });

  it('is an internal error where the engine answers nonsense, and the connection goes on', async () => {
    const answers = [undefined, { status: 0x0f }, { status: 0x0f, rollbackSeqno: 7 }, Promise.resolve(0)];
    const engine = dcpRecorder({ streamReq: () => answers.shift() as { status: 0 } });
    const client = await connect(engine);
    for (let i = 0; i < 4; i++) expect((await client.ask(streamReq(0))).status).toBe(0x84);
    expect(server.stats.engineFaults).toBe(4);
    expect(await client.sync()).toEqual([]);
  });

  it('is an internal error where the failover log is no log', async () => {
    const engine = dcpRecorder({
      streamReq: (_handle, cookie, _f, _o, _v, _s, _e, _u, _a, _b, callback) => {
        callback([{ uuid: 'none', seqno: 0 }] as unknown as typeof LOG, cookie);
        return { status: 0 };
      },
    });
    const client = await connect(engine);
    expect((await client.ask(streamReq(0))).status).toBe(0x84);
    expect(await client.sync()).toEqual([]);
  });
});

describe('the other commands about streams', () => {
  it('answer the failover log, and close a stream', async () => {
    const engine = dcpRecorder(streams);
    const client = await connect(engine);
    const log = await client.ask(request(Op.getFailoverLog, { vbucket: 12, opaque: 0xf0 }));
    expect(log).toMatchObject({ magic: 0x81, opcode: Op.getFailoverLog, status: 0, opaque: 0xf0 });
    expect(log.value.toString('hex')).toBe(LOG_BYTES);
    expect(engine.last('getFailoverLog').slice(0, 2)).toEqual([0xf0, 12]);
    const closed = await client.ask(request(Op.closeStream, { vbucket: 12, opaque: 0xf1 }));
    expect(closed).toMatchObject({ magic: 0x81, opcode: Op.closeStream, status: 0, opaque: 0xf1 });
    expect(closed.bytes).toHaveLength(24);
    expect(engine.last('closeStream')).toEqual([0xf1, 12]);
  });

  it('answer an empty log where the engine handed over none', async () => {
    const client = await connect(dcpRecorder());
    const answer = await client.ask(request(Op.getFailoverLog));
    expect([answer.status, answer.value.length]).toEqual([0, 0]);
  });

  it('leave the answer to add_stream to a producer', async () => {
    const engine = dcpRecorder();
    const client = await connect(engine);
    client.send(request(Op.addStream, { vbucket: 5, opaque: 0xad, extras: words([16, 32]) }));
    expect(await client.sync()).toEqual([]);
    expect(engine.last('addStream')).toEqual([0xad, 5, 16]);
  });

  it('answer add_stream at once where it fails', async () => {
    const engine = dcpRecorder({
      addStream: () => 0x02,
      closeStream: () => 0x01,
      getFailoverLog: () => 0x0c,
    });
    const client = await connect(engine);
    const addStream = request(Op.addStream, { extras: words([0, 32]) });
    client.send(addStream, request(Op.closeStream), request(Op.getFailoverLog));
    expect((await client.take(3)).map(({ opcode, status }) => [opcode, status])).toEqual([
      [Op.addStream, 0x02],
      [Op.closeStream, 0x01],
      [Op.getFailoverLog, 0x07],
    ]);
  });

  it.each([
    ['addStream', request(Op.addStream, { extras: words([0, 32]) })],
    ['closeStream', request(Op.closeStream)],
    ['streamReq', streamReq(0)],
    ['getFailoverLog', request(Op.getFailoverLog)],
  ])('are not supported by an engine without the slot %s', async (slot, message) => {
    const client = await connect(dcpRecorder({}, [slot]));
    expect(await client.ask(message)).toMatchObject({ magic: 0x81, opcode: message[1], status: 0x83 });
    expect(await client.sync()).toEqual([]);
  });
});
