import { afterEach, describe, expect, it } from 'vitest';
import type { DcpInterface } from '../../../reference/engine/contract.ts';
import { createServer, type Server } from '../../../reference/server.ts';
import type { ServerOptions } from '../../../reference/server-options.ts';
import { type DcpRecorder, dcpRecorder } from '../../support/dcp-recorder.ts';
import { RawClient } from '../../support/raw-client.ts';
import { bufferAck, control, marker, Op, open, request, words } from '../../support/raw-dcp.ts';

let server: Server;

afterEach(() => server.stop({ graceMs: 0 }));

async function connect(engine: DcpRecorder, options: ServerOptions = {}): Promise<RawClient> {
  server = await createServer({ profile: 'couchbase', ...options, engine: engine.module, port: false });
  return new RawClient(server);
}

const EWOULDBLOCK = 7;

describe('DCP_OPEN', () => {
  it.each([
    [1, 'producer'],
    [2, 'notifier'],
    [0, 'consumer'],
    [4, 'consumer'],
    [1 | 4 | 8, 'producer'],
  ])('with flags %i makes the connection a %s', async (flags, role) => {
    const engine = dcpRecorder();
    const client = await connect(engine);
    const answer = await client.ask(
      request(Op.open, { opaque: 0xbeef, key: 'rebalance:7', extras: words([0x11223344, 32], [flags, 32]) }),
    );
    expect(answer).toMatchObject({ magic: 0x81, opcode: Op.open, status: 0, opaque: 0xbeef });
    expect(answer.bytes).toHaveLength(24);
    expect(engine.last('open')).toEqual([0xbeef, 0x11223344, flags, 'rebalance:7', '']);
    expect(server.connections()[0]?.session).toMatchObject({ dcp: role, dcpName: 'rebalance:7' });
  });

  it('lets documents through as they are, xattrs where the client asks for them', async () => {
    const plain = await connect(dcpRecorder());
    await plain.open(1);
    const withXattrs = new RawClient(server);
    await withXattrs.open(1 | 4);
    expect(server.connections().map(({ session }) => [session.datatypes, session.xattr])).toEqual([
      [3, false],
      [7, true],
    ]);
  });

  it('is refused where the engine refuses, and may be tried again', async () => {
    const codes = [0x0d, 0];
    const client = await connect(dcpRecorder({ open: () => codes.shift() as 0 }));
    expect((await client.ask(open(1))).status).toBe(0x86);
    expect(server.connections()[0]?.session).toMatchObject({ dcp: 'none', dcpName: '' });
    expect((await client.ask(open(1))).status).toBe(0);
  });

  it('closes a connection that is open already', async () => {
    const engine = dcpRecorder();
    const client = await connect(engine);
    await client.open(1);
    client.send(open(0));
    expect(await client.ended()).toEqual([]);
    expect(engine.calls.map(({ slot }) => slot)).toEqual(['open']);
  });

  it.each([
    ['unknown flags', 0x20],
    ['a notifier that is something else, too', 2 | 1],
  ])('refuses %s before the engine sees them', async (_, flags) => {
    const engine = dcpRecorder();
    const client = await connect(engine);
    expect((await client.ask(open(flags))).status).toBe(0x04);
    expect(engine.calls).toEqual([]);
    expect(await client.sync()).toEqual([]);
  });

  it('refuses collections, which no message here has room for', async () => {
    const engine = dcpRecorder();
    const client = await connect(engine);
    expect((await client.ask(open(1 | 16))).status).toBe(0x83);
    expect(engine.calls).toEqual([]);
  });

  it('closes after a refused layout where the profile says so', async () => {
    const client = await connect(dcpRecorder(), { profile: 'memcached' });
    expect((await client.ask(open(0x20))).status).toBe(0x04);
    expect(await client.ended()).toEqual([]);
  });

  it('keeps its cookie when it had to wait', async () => {
    let isWaiting = true;
    const engine: DcpRecorder = dcpRecorder({
      open: (_handle, cookie) => {
        if (!isWaiting) return 0;
        isWaiting = false;
        setImmediate(() => engine.server.cookie.notifyIoComplete(cookie, 0));
        return EWOULDBLOCK;
      },
    });
    const client = await connect(engine);
    await client.open(1);
    await client.ask(request(Op.dcpNoop));
    const cookies = new Set(engine.calls.map(({ cookie }) => cookie));
    expect(engine.calls.map(({ slot }) => slot)).toEqual(['open', 'open', 'noop']);
    expect(cookies.size).toBe(1);
  });
});

describe('the other commands about a connection', () => {
  it('answer control and noop, and say nothing to an acknowledgement', async () => {
    const engine = dcpRecorder();
    const client = await connect(engine);
    await client.open(1);
    client.send(control('enable_noop', 'true', 7), bufferAck(4096, 8), request(Op.dcpNoop, { opaque: 9 }));
    const [first, second] = await client.take(2);
    expect(first).toMatchObject({ magic: 0x81, opcode: Op.control, status: 0, opaque: 7 });
    expect(second).toMatchObject({ magic: 0x81, opcode: Op.dcpNoop, status: 0, opaque: 9 });
    expect(await client.sync()).toEqual([]);
    expect(engine.last('control')).toEqual([7, 'enable_noop', 'true']);
    expect(engine.last('bufferAcknowledgement')).toEqual([8, 0, 4096]);
    expect(engine.last('noop')).toEqual([9]);
  });

  it('take settings that are no ASCII as they are', async () => {
    const engine = dcpRecorder();
    const client = await connect(engine);
    const value = Buffer.from('zehn €');
    client.send(request(Op.control, { key: 'gr\xc3\xb6\xc3\x9fe', value }));
    expect((await client.next()).status).toBe(0);
    expect(engine.last('control').slice(1)).toEqual(['größe', 'zehn €']);
  });

  it('send the status of a failure, for acknowledgements, too', async () => {
    const refused: DcpInterface = {
      control: () => 0x05,
      noop: () => 0x06,
      bufferAcknowledgement: () => 0x0d,
    };
    const client = await connect(dcpRecorder(refused));
    await client.open(1);
    client.send(control('colour', 'blue'), request(Op.dcpNoop), bufferAck(1));
    expect((await client.take(3)).map(({ opcode, status }) => [opcode, status])).toEqual([
      [Op.control, 0x04],
      [Op.dcpNoop, 0x83],
      [Op.bufferAck, 0x86],
    ]);
  });

  it('close the connection where the engine does not know it', async () => {
    const client = await connect(dcpRecorder({ noop: () => 0x0a }));
    client.send(request(Op.dcpNoop), marker(0, 1, 1n, 2n));
    expect(await client.ended()).toEqual([]);
  });

  it.each([
    ['open', open(1)],
    ['noop', request(Op.dcpNoop)],
    ['control', control('enable_noop', 'true')],
    ['bufferAcknowledgement', bufferAck(1)],
  ])('are not supported by an engine without the slot %s', async (slot, message) => {
    const client = await connect(dcpRecorder({}, [slot]));
    expect(await client.ask(message)).toMatchObject({ magic: 0x81, opcode: message[1], status: 0x83 });
    expect(await client.sync()).toEqual([]);
  });
});
