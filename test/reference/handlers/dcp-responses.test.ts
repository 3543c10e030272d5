import { afterEach, describe, expect, it } from 'vitest';
import type {
  Cookie,
  DcpInterface,
  ProtocolBinaryResponseHeader,
} from '../../../reference/engine/contract.ts';
import { createServer, type Server } from '../../../reference/server.ts';
import type { LogRecord, ServerOptions } from '../../../reference/server-options.ts';
import { type DcpRecorder, dcpRecorder } from '../../support/dcp-recorder.ts';
import { RawClient } from '../../support/raw-client.ts';
import { Op, request, response } from '../../support/raw-dcp.ts';

let server: Server;
const log: LogRecord[] = [];

afterEach(async () => {
  await server.stop({ graceMs: 0 });
  log.length = 0;
});

async function connect(engine: DcpRecorder, options: ServerOptions = {}): Promise<RawClient> {
  server = await createServer({
    profile: 'couchbase',
    ...options,
    engine: engine.module,
    port: false,
    log: (record) => log.push(record),
  });
  const client = new RawClient(server);
  await client.open(1);
  return client;
}

/** What an engine sees that ignores the types, or has none. */
type Untyped = ProtocolBinaryResponseHeader & Record<string, unknown>;

const handling = (handle: (header: Untyped, cookie: Cookie) => unknown): DcpInterface => ({
  responseHandler: (_handle, cookie, header) => (handle(header as Untyped, cookie) ?? 0) as 0,
});

const ANSWER = response(Op.snapshotMarker, {
  status: 0x0123,
  opaque: 0xfedcba98,
  datatype: 5,
  cas: 0xffff_ffff_ffff_fffen,
  extras: new Uint8Array([1, 2]),
  key: 'k',
  value: 'body',
});

describe('a response', () => {
  it('reaches the engine with every field and byte, and is not answered', async () => {
    const seen: unknown[] = [];
    const engine = dcpRecorder(
      handling((header) => {
        seen.push({ ...header.response }, Buffer.from(header.bytes.slice()).toString('hex'));
      }),
    );
    const client = await connect(engine);
    client.send(ANSWER);
    expect(await client.sync()).toEqual([]);
    expect(seen).toEqual([
      {
        magic: 0x81,
        opcode: Op.snapshotMarker,
        keylen: 1,
        extlen: 2,
        datatype: 5,
        status: 0x0123,
        bodylen: 7,
        opaque: 0xfedcba98,
        cas: 0xffff_ffff_ffff_fffen,
      },
      ANSWER.toString('hex'),
    ]);
    expect(new Set(engine.calls.map(({ cookie }) => cookie)).size).toBe(1);
  });

  it('is handled for all sixteen commands of DCP', async () => {
    const opcodes: number[] = [];
    const engine = dcpRecorder(
      handling((header) => {
        opcodes.push(header.response.opcode);
      }),
    );
    const client = await connect(engine);
    const all = Array.from({ length: 16 }, (_, at) => 0x50 + at);
    client.send(...all.map((opcode) => response(opcode, { status: 0x86 })));
    expect(await client.sync()).toEqual([]);
    expect(opcodes).toEqual(all);
  });

  it('to a NOOP is nobody’s business', async () => {
    const engine = dcpRecorder();
    const client = await connect(engine);
    client.send(response(Op.noop));
    expect(await client.sync()).toEqual([]);
    expect(engine.calls.map(({ slot }) => slot)).toEqual(['open']);
  });

  it.each([0x00, 0x4f, 0x60, 0xff])('to command %i closes the connection', async (opcode) => {
    const client = await connect(dcpRecorder());
    client.send(response(opcode), request(Op.noop));
    expect(await client.ended()).toEqual([]);
  });

  it('closes a connection that does not replicate', async () => {
    const engine = dcpRecorder();
    await connect(engine);
    const client = new RawClient(server);
    client.send(response(Op.snapshotMarker), request(Op.noop));
    expect(await client.ended()).toEqual([]);
    expect(engine.calls.map(({ slot }) => slot)).toEqual(['open']);
  });

  it('closes the connection where the engine has no slot for it, or wants that', async () => {
    const client = await connect(dcpRecorder({}, ['responseHandler']));
    client.send(ANSWER);
    expect(await client.ended()).toEqual([]);
    await server.stop();
    const refused = await connect(dcpRecorder(handling(() => 0x0a)));
    refused.send(ANSWER);
    expect(await refused.ended()).toEqual([]);
  });

  it('changes nothing where the engine fails in any other way', async () => {
    const codes = [0x01, 0x05, 0x06, 0x09, 0x0d, 0xff];
    const client = await connect(dcpRecorder(handling(() => codes.shift())));
    client.send(...codes.map(() => ANSWER));
    expect(await client.sync()).toEqual([]);
    expect(codes).toEqual([]);
  });

  it('waits, and is given to the engine again', async () => {
    const codes = [7, 0, 7];
    const opaques: number[] = [];
    const engine: DcpRecorder = dcpRecorder(
      handling((header, cookie) => {
        opaques.push(header.response.opaque);
        const code = codes.shift();
        if (code === 7) {
          const status = codes.length === 0 ? 0x0d : 0;
          setImmediate(() => engine.server.cookie.notifyIoComplete(cookie, status));
        }
        return code;
      }),
    );
    const client = await connect(engine);
    client.send(response(Op.mutation, { opaque: 1 }), response(Op.mutation, { opaque: 2 }));
    expect(await client.sync()).toEqual([]);
    // The second one is notified of a failure: nothing is said, and it is not handled again.
    expect(opaques).toEqual([1, 1, 2]);
  });

  it('is a mutable header of its own for engines of the old contract', async () => {
    const written: unknown[] = [];
    const engine = dcpRecorder(
      handling(({ bytes, response: fields }) => {
        fields.status = 0;
        bytes[7] = 0;
        written.push({ ...fields }, bytes[7], bytes.length);
      }),
    );
    const client = await connect(engine, { contract: 'v1' });
    client.send(ANSWER);
    expect(await client.sync()).toEqual([]);
    const fields = { status: 0, opcode: Op.snapshotMarker, opaque: 0xfedcba98 };
    expect(written).toEqual([expect.objectContaining(fields), 0, ANSWER.length]);
    expect(server.stats.engineFaults).toBe(0);
  });
});

describe('an engine that writes to a response', () => {
  const fields = [
    'magic',
    'opcode',
    'keylen',
    'extlen',
    'datatype',
    'status',
    'bodylen',
    'opaque',
    'cas',
  ] as const;
  const writes: readonly (readonly [string, string, (header: Untyped) => void])[] = [
    ...fields.map(
      (field) =>
        [
          `response.${field}`,
          `wrote to response.response.${field}`,
          (header: Untyped) => {
            Reflect.set(header.response, field, field === 'cas' ? 0n : 0);
          },
        ] as const,
    ),
    [
      'a byte',
      'wrote to response.bytes[24]',
      (header) => {
        header.bytes[24] = 0;
      },
    ],
    ['bytes by set', 'called response.bytes.set', (header) => header.bytes.set([0], 3)],
    [
      'the fields as a whole',
      'wrote to response.response',
      (header) => Object.assign(header, { response: {} }),
    ],
    [
      'a field of its own',
      'wrote to response.seen',
      (header) => {
        header['seen'] = true;
      },
    ],
    [
      'the way to the memory',
      'asked for response.bytes.buffer',
      (header) => void new Uint8Array(header.bytes.buffer),
    ],
  ];

  it.each(writes)('(%s) loses that connection, and no other', async (_, told, write) => {
    const engine = dcpRecorder(handling(write));
    const client = await connect(engine);
    const other = new RawClient(server);
    await other.open(0);
    client.send(ANSWER, request(Op.noop));
    expect(await client.ended()).toEqual([]);
    expect(await other.sync()).toEqual([]);
    expect(server.stats.engineFaults).toBe(1);
    const errors = log.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ bucket: 'default', opcode: Op.snapshotMarker });
    const message = `TypeError: engine "Default engine": dcp.responseHandler ${told}`;
    expect(errors[0]?.['error']).toContain(message);
  });

  it('changes nothing where it catches the error', async () => {
    const statuses: number[] = [];
    const engine = dcpRecorder(
      handling((header) => {
        try {
          header.response.status = 0;
        } catch {
          statuses.push(header.response.status);
        }
      }),
    );
    const client = await connect(engine);
    client.send(ANSWER);
    expect(await client.sync()).toEqual([]);
    expect(statuses).toEqual([0x0123]);
  });
});

describe('an engine that fails in its response handler', () => {
  const failures: readonly (readonly [string, () => unknown, string])[] = [
    [
      'throws',
      () => {
        throw new Error('out of luck');
      },
      'out of luck',
    ],
    ['answers nonsense', () => 'fine', 'answered fine'],
    ['answers a promise that fails', () => Promise.reject(new Error('later')), 'answered [object Promise]'],
  ];

  it.each(failures)('and %s loses the connection, and no other', async (_, handle, told) => {
    const client = await connect(dcpRecorder(handling(handle)));
    const other = new RawClient(server);
    client.send(ANSWER);
    expect(await client.ended()).toEqual([]);
    expect(await other.sync()).toEqual([]);
    expect(log.filter(({ level }) => level === 'error')[0]?.['error']).toContain(told);
  });
});
