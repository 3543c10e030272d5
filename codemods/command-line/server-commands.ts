// The commands that run engines: the reference server and what is built on it.
import { type CommandSpec, helpOption, type OptionSpec } from './command-spec.ts';

const configOption: OptionSpec = {
  name: 'config',
  value: 'TEXT',
  repeatable: false,
  summary: ["what the engine's initialize gets (default: nothing)"],
};
const contractOption: OptionSpec = {
  name: 'contract',
  value: 'current|v1',
  repeatable: false,
  summary: [
    'contract that the engine is written against: v1 is the one before the change,',
    'with a mutable response header and sendmsg (default: current)',
  ],
};
const seedOption: OptionSpec = {
  name: 'seed',
  value: 'N',
  repeatable: false,
  summary: ['where random choices begin; the same seed repeats a run (default: 1)'],
};

const engineText = [
  'ENGINE is the name of a bundled engine (crash, default, ewouldblock, nobucket), or the path of a',
  'JavaScript module that exports createInstance.',
] as const;

/** Sorted by name. */
export const serverCommands: readonly CommandSpec[] = [
  {
    name: 'conformance',
    summary: 'run the tests that every engine must pass',
    operands: 'ENGINE',
    maxOperands: 1,
    details: [
      ...engineText,
      'Each test gets a fresh engine, and time that the test moves. Results go to standard output.',
    ],
    examples: [
      'kv-engine-migrate conformance default',
      'kv-engine-migrate conformance ./dist/engine.js --only "LRU|expiry"',
      'kv-engine-migrate conformance --contract v1 ./old/engine.js',
    ],
    exitStatuses: [
      ['every test passed, or was skipped with a reason'],
      ['a test failed'],
      ['could not run: bad arguments, or no engine'],
    ],
    options: [
      configOption,
      contractOption,
      {
        name: 'only',
        value: 'PATTERN',
        repeatable: false,
        summary: ['run the tests whose name the regular expression matches (default: all)'],
      },
      {
        name: 'reporter',
        value: 'json|pretty',
        repeatable: false,
        summary: ['form of the results (default: pretty)'],
      },
      seedOption,
      helpOption,
    ],
  },
  {
    name: 'serve',
    summary: 'start the reference server: the binary protocol over an engine',
    operands: '',
    maxOperands: 0,
    details: [
      'Prints one line of JSON when it listens: {"ready":true,"host":...,"port":...,"pid":...}. Logs lines of JSON to',
      'standard error. SIGTERM and SIGINT send what is queued, close every connection and end the engine.',
      ...engineText,
    ],
    examples: [
      'kv-engine-migrate serve --port 11211',
      'kv-engine-migrate serve --engine ./dist/engine.js --profile couchbase --user alice:secret',
      'kv-engine-migrate serve --record session.jsonl',
    ],
    exitStatuses: [
      ['stopped when it was asked to'],
      ['stopped, but a client did not take what was queued for it in the time of grace'],
      ['could not start: bad arguments, no engine, or the port is taken'],
    ],
    options: [
      {
        name: 'bucket',
        value: 'NAME=ENGINE[:CONFIG]',
        repeatable: true,
        summary: ['one more bucket, for SELECT_BUCKET; may be repeated (default: none but "default")'],
      },
      {
        name: 'busy-poll',
        value: 'auto|off',
        repeatable: false,
        summary: ['auto: wait awake for up to 50 us after a batch, while that pays (default: auto)'],
      },
      configOption,
      contractOption,
      {
        name: 'engine',
        value: 'ENGINE',
        repeatable: false,
        summary: ['engine of the bucket "default" (default: default)'],
      },
      {
        name: 'grace-ms',
        value: 'N',
        repeatable: false,
        summary: ['how long a stop waits for what is queued (default: 1000)'],
      },
      {
        name: 'host',
        value: 'ADDRESS',
        repeatable: false,
        summary: ['address to listen on (default: 127.0.0.1)'],
      },
      {
        name: 'idle-timeout',
        value: 'SECONDS',
        repeatable: false,
        summary: ['close connections that are silent for so long (default: 0, never)'],
      },
      {
        name: 'log-level',
        value: 'LEVEL',
        repeatable: false,
        summary: ['debug, info, warn or error (default: info)'],
      },
      {
        name: 'max-connections',
        value: 'N',
        repeatable: false,
        summary: ['close what connects beyond so many (default: 0, no limit)'],
      },
      {
        name: 'max-packet-size',
        value: 'BYTES',
        repeatable: false,
        summary: ['longest body of a request (default: 31457280)'],
      },
      {
        name: 'max-send-queue-size',
        value: 'BYTES',
        repeatable: false,
        summary: ['above it a connection takes no more requests until it drained (default: 1048576)'],
      },
      {
        name: 'path',
        value: 'FILE',
        repeatable: false,
        summary: ['listen on a Unix socket (default: on a port)'],
      },
      {
        name: 'port',
        value: 'N',
        repeatable: false,
        summary: ['port to listen on (default: 0, a free one)'],
      },
      {
        name: 'profile',
        value: 'NAME',
        repeatable: false,
        summary: ['memcached or couchbase: what clients see where they differ (default: memcached)'],
      },
      {
        name: 'record',
        value: 'FILE',
        repeatable: false,
        summary: ["write what clients send to FILE, for 'verify --trace' (default: nothing is kept)"],
      },
      {
        name: 'send',
        value: 'copy|ref|auto',
        repeatable: false,
        summary: ['how values are sent; auto: by reference from 4 KiB up (default: auto)'],
      },
      {
        name: 'stop-on-stdin-end',
        value: undefined,
        repeatable: false,
        summary: ['stop when standard input ends: with the program that started this one'],
      },
      { name: 'tls-cert', value: 'FILE', repeatable: false, summary: ['certificate, PEM (default: no TLS)'] },
      { name: 'tls-key', value: 'FILE', repeatable: false, summary: ['private key, PEM (default: no TLS)'] },
      {
        name: 'user',
        value: 'NAME:PASSWORD',
        repeatable: true,
        summary: ['a user for SASL PLAIN; may be repeated (default: no login needed)'],
      },
      helpOption,
    ],
  },
  {
    name: 'verify',
    summary: 'compare an engine before and after its migration, byte for byte',
    operands: 'BEFORE AFTER',
    maxOperands: 2,
    details: [
      'BEFORE is the engine on the old contract: it runs over msghdr, iovec and sendmsg. AFTER is the migrated one: it',
      "runs over the connection's send buffer. Both get the same conversations. Every byte, every release of an item and",
      'every write to a response header is compared. A difference is shown with the request that caused it.',
    ],
    examples: [
      'kv-engine-migrate verify old/engine.js new/engine.js',
      'kv-engine-migrate verify --seed 7 --run 12 old/engine.js new/engine.js',
      'kv-engine-migrate verify --trace session.jsonl old/engine.js new/engine.js',
    ],
    exitStatuses: [
      ['no difference'],
      ['a difference'],
      ['could not run: bad arguments, no engine, or nothing to compare'],
    ],
    options: [
      configOption,
      {
        name: 'reporter',
        value: 'json|pretty',
        repeatable: false,
        summary: ['form of the report (default: pretty)'],
      },
      {
        name: 'run',
        value: 'N',
        repeatable: false,
        summary: ['only this conversation of the seed (default: all)'],
      },
      {
        name: 'runs',
        value: 'N',
        repeatable: false,
        summary: ['how many conversations (default: 100)'],
      },
      seedOption,
      {
        name: 'trace',
        value: 'FILE',
        repeatable: false,
        summary: ["play what 'serve --record' wrote (default: conversations made from the seed)"],
      },
      helpOption,
    ],
  },
];
