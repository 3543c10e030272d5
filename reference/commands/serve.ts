// `serve`: a server for the life of the process. One line of JSON when it listens, the log as lines of JSON.
import { createWriteStream, readFileSync, type WriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { createServer, type Server } from '../server.ts';
import type { BucketOptions, LogRecord, ServerOptions } from '../server-options.ts';
import { traceRecorder } from '../verify/trace.ts';
import { CommandError, type CommandIo, type CommandWords, choiceOption, numberOption } from './command-io.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const USUAL_GRACE_MS = 1000;

/** Serves until it is asked to stop. 0: everything queued was sent. 1: something was dropped. */
export async function serve(words: CommandWords, io: CommandIo): Promise<number> {
  const graceMs = numberOption(words, 'grace-ms') ?? USUAL_GRACE_MS;
  const record = fileFor(words.values('record')[0], io);
  const options = serverOptions(words, io);
  const server = await started({
    ...options,
    ...(record === undefined ? {} : { wrapTransport: traceRecorder((line) => record.write(`${line}\n`)) }),
  });
  const address =
    options.path === undefined
      ? { host: options.host ?? '127.0.0.1', port: server.port }
      : { path: options.path };
  io.out(
    `${JSON.stringify({ ready: true, ...address, pid: process.pid, profile: options.profile ?? 'memcached' })}\n`,
  );
  io.onStop(() => void server.stop({ graceMs }), words.given('stop-on-stdin-end'));
  const { dropped } = await server.stopped;
  await new Promise<void>((done) => (record === undefined ? done() : record.end(done)));
  return dropped > 0 ? 1 : 0;
}

/** What the system says about the place to listen at is no fault of this program. */
async function started(options: ServerOptions): Promise<Server> {
  try {
    return await createServer(options);
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw new CommandError(`The server cannot listen: ${error.message}.`, { cause: error });
  }
}

function serverOptions(words: CommandWords, io: CommandIo): ServerOptions {
  const first = (name: string): string | undefined => words.values(name)[0];
  const level = LEVELS.indexOf(choiceOption(words, 'log-level', LEVELS) ?? 'info');
  const tls = tlsOptions(words, io);
  return defined<ServerOptions>({
    engine: first('engine'),
    config: first('config'),
    contract: choiceOption(words, 'contract', ['current', 'v1']),
    buckets: Object.fromEntries(words.values('bucket').map(bucketFrom)),
    users: Object.fromEntries(words.values('user').map(userFrom)),
    host: first('host'),
    port: numberOption(words, 'port'),
    path: first('path') === undefined ? undefined : resolve(io.cwd, first('path') ?? ''),
    tls,
    busyPoll:
      words.values('busy-poll')[0] === undefined
        ? undefined
        : choiceOption(words, 'busy-poll', ['auto', 'off']) === 'auto',
    profile: choiceOption(words, 'profile', ['memcached', 'couchbase']),
    send: choiceOption(words, 'send', ['copy', 'ref', 'auto']),
    maxSendQueueSize: numberOption(words, 'max-send-queue-size'),
    maxPacketSize: numberOption(words, 'max-packet-size'),
    maxConnections: numberOption(words, 'max-connections'),
    idleTimeout: numberOption(words, 'idle-timeout'),
    cwd: io.cwd,
    keepAlive: true,
    log: (line: LogRecord) => {
      if (LEVELS.indexOf(line.level) >= level)
        io.err(`${JSON.stringify({ time: new Date().toISOString(), ...line }, plain)}\n`);
    },
  });
}

/** `name=engine` or `name=engine:config`. */
function bucketFrom(text: string): [string, BucketOptions] {
  const [, name, engine, config] = /^([^=]+)=([^:]+)(?::(.*))?$/s.exec(text) ?? [];
  if (name === undefined || engine === undefined)
    throw new CommandError(`--bucket takes NAME=ENGINE or NAME=ENGINE:CONFIG, not "${text}".`);
  return [name, defined<BucketOptions>({ engine, config })];
}

function userFrom(text: string): [string, string] {
  const at = text.indexOf(':');
  if (at < 1) throw new CommandError(`--user takes NAME:PASSWORD, not "${text}".`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function tlsOptions(words: CommandWords, io: CommandIo): ServerOptions['tls'] {
  const [key] = words.values('tls-key');
  const [cert] = words.values('tls-cert');
  if (key === undefined && cert === undefined) return undefined;
  if (key === undefined || cert === undefined)
    throw new CommandError('TLS needs both --tls-key and --tls-cert.');
  return { key: readText(key, io), cert: readText(cert, io) };
}

function readText(file: string, io: CommandIo): string {
  try {
    return readFileSync(resolve(io.cwd, file), 'utf8');
  } catch (error) {
    throw new CommandError(`"${file}" cannot be read: ${(error as Error).message}`);
  }
}

function fileFor(file: string | undefined, io: CommandIo): WriteStream | undefined {
  return file === undefined ? undefined : createWriteStream(resolve(io.cwd, file));
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

/** The members that have a value. */
function defined<T>(members: { readonly [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}
