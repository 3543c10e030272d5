// Engines that send or replicate wrongly, and the conformance tests that have to find it.
import type { DcpMessageProducers } from '../../../reference/engine/contract.ts';
import type { BrokenEngine } from './broken-engines.ts';
import { chainingCommand, plainInfo, produces, sends } from './slot-overrides.ts';

const [SUCCESS, NOT_STORED, E2BIG, WANT_MORE] = [0, 4, 8, 9] as const;
const [STREAM, FULL_BUFFER, CHAINED, COMMANDS] = [
  'DCP producer: a stream brings every document, in order',
  'DCP producer: ENGINE_E2BIG loses and doubles nothing',
  'memory sent by reference stays as it is until released',
  'unknown commands are answered once or refused',
];

/** By what is wrong with them. */
export const sendDefects: Readonly<Record<string, BrokenEngine>> = {
  'it writes to the response header': {
    test: 'responses of every opcode and status are only read',
    says: /dcp.responseHandler threw TypeError: .*response\.response\.status/,
    override: (inner) => ({
      dcp: {
        responseHandler: (_handle, cookie, header) => {
          if (header.response.opcode === 0x58 && header.response.status === 1) {
            (header.response as { status: number }).status = 0;
          }
          return inner.dcp?.responseHandler?.(inner, cookie, header) ?? SUCCESS;
        },
      },
    }),
  },
  'it swallows that it wrote to the body of a response': {
    test: 'responses with truncated bodies are only read',
    says: /dcp.responseHandler tried to write response\.bytes\[24\], and the header is read-only/,
    override: (inner) => ({
      dcp: {
        responseHandler: (_handle, cookie, header) => {
          try {
            (header.bytes as unknown as Uint8Array)[24] = 0;
          } catch {}
          return inner.dcp?.responseHandler?.(inner, cookie, header) ?? SUCCESS;
        },
      },
    }),
  },
  'it reuses memory that it chained': {
    test: CHAINED,
    says: /memory given to chainDataToOutputStream changed before its release \(byte 0\)/,
    override: (inner, server) => {
      const scratch = new Uint8Array(20_000);
      let count = 0;
      return chainingCommand((value) => {
        scratch.set(value.subarray(0, scratch.length));
        scratch[0] = ++count;
        return scratch;
      })(inner, server);
    },
  },
  'it releases the item of a chained value twice': {
    test: CHAINED,
    says: /release threw Error: An item was released more often/,
    override: (inner, server) => ({
      ...chainingCommand((value) => value)(inner, server),
      release: (_handle, cookie, item) => {
        inner.release(inner, cookie, item);
        inner.release(inner, cookie, item);
      },
    }),
  },
  'its response has another opaque': {
    test: COMMANDS,
    says: /unknownCommand with opcode 0xe5 sent a response with the opaque 0x1/,
    override: sends({ opcode: 0xe5, opaque: 1 }, SUCCESS),
  },
  'its response is cut short': {
    test: COMMANDS,
    says: /sent a packet that is 8 bytes shorter than its header says/,
    override: sends({ opcode: 0xe5, bodylen: 8 }, SUCCESS),
  },
  'it responds and fails as well': {
    test: COMMANDS,
    says: /answered ENGINE_NOT_STORED, which the core answers, and responded as well/,
    override: sends({ opcode: 0xe5 }, NOT_STORED),
  },
  'it sends a mutation twice after ENGINE_E2BIG': {
    test: FULL_BUFFER,
    says: /came after seqno \d+: seqnos have to rise/,
    override: (inner) => {
      let refused = 0n;
      return {
        dcp: {
          step: (_handle, cookie, producers) => {
            const mutation: DcpMessageProducers['mutation'] = (...rest) => {
              const code = producers.mutation(...rest);
              const isSecond = code === SUCCESS && refused === rest[4];
              refused = code === E2BIG ? rest[4] : 0n;
              // It was taken, and the engine offers it once more.
              return isSecond ? E2BIG : code;
            };
            const code = inner.dcp?.step?.(inner, cookie, { ...producers, mutation });
            return code === E2BIG ? WANT_MORE : (code ?? SUCCESS);
          },
        },
      };
    },
  },
  'it loses a mutation after ENGINE_E2BIG': {
    test: FULL_BUFFER,
    says: /a message got lost/,
    override: produces((producers) => ({
      mutation: (...rest) => {
        producers.mutation(...rest);
        return SUCCESS;
      },
    })),
  },
  'its snapshots end too early': {
    test: STREAM,
    says: /is outside of its snapshot/,
    override: produces((producers) => ({
      marker: (cookie, opaque, vbucket, start, end, flags) =>
        producers.marker(cookie, opaque, vbucket, start, end - 1n, flags),
    })),
  },
  'its seqnos do not rise': {
    test: STREAM,
    says: /came after seqno 1: seqnos have to rise/,
    override: produces((producers) => ({
      mutation: (cookie, opaque, item, vbucket, _bySeqno, ...rest) =>
        producers.mutation(cookie, opaque, item, vbucket, 1n, ...rest),
    })),
  },
  'it forgets deletions': {
    test: STREAM,
    says: /the stream left "parcel-8" alive, which was removed/,
    override: produces((producers) => ({
      deletion: (cookie, opaque, item, vbucket, bySeqno, revSeqno, meta, collectionLen) =>
        producers.mutation(cookie, opaque, item, vbucket, bySeqno, revSeqno, 0, meta, 0, collectionLen),
    })),
  },
  'it lets an idle stream sleep': {
    test: 'DCP producer: an idle stream wakes up for a new document',
    says: /did not call notifyIoComplete for an idle DCP connection when a document was stored/,
    isSlow: true,
    serverFor: (server) => ({ ...server, cookie: { ...server.cookie, notifyIoComplete: () => {} } }),
  },
  'closeStream closes nothing': {
    test: 'DCP producer: a stream or its connection may close half way',
    says: /after dcp.closeStream came a mutation/,
    override: () => ({ dcp: { closeStream: () => SUCCESS } }),
  },
  'it starts any stream as if it were its own': {
    test: 'DCP producer: a stream resumes or rolls back',
    says: /a history that never was: expected ENGINE_ROLLBACK/,
    override: (inner) => ({
      dcp: {
        streamReq: (_handle, cookie, flags, opaque, vbucket, start, end, uuid, ...rest) => {
          const { dcp } = inner;
          const code = dcp?.streamReq?.(inner, cookie, flags, opaque, vbucket, start, end, uuid, ...rest);
          if (code?.status !== 0x0f) return code ?? { status: 6 };
          rest[2]([{ uuid: 1n, seqno: 0n }], cookie);
          return { status: SUCCESS };
        },
      },
    }),
  },
  'a consumer keeps the memory of a mutation': {
    test: 'DCP consumer: what a stream brought is there',
    says: /the value of "letter": expected 9 bytes "delivered", got 9 bytes "~~~~~~~~~"/,
    override: (inner) => {
      const values = new Map<string, Uint8Array>();
      return {
        getItemInfo: (_handle, cookie, item) => {
          const info = inner.getItemInfo(inner, cookie, item);
          return info && { ...plainInfo(info), value: values.get(info.key.text) ?? info.value };
        },
        dcp: {
          mutation: (_handle, cookie, opaque, key, value, ...rest) => {
            values.set(key.text, value as Uint8Array);
            return inner.dcp?.mutation?.(inner, cookie, opaque, key, value, ...rest) ?? NOT_STORED;
          },
        },
      };
    },
  },
};
