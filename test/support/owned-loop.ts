// The whole servers among the send fixtures, which own their sendmsg loop: builds one, starts it, talks to it, stops it.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { runProgram } from './debian-programs.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/buffer-copy-send/cpp');

/** A server and what is said to it. */
export interface OwnedLoop {
  readonly name: string;
  readonly text: string;
  /** Requests of one connection, the last of which ends it. */
  readonly requests: readonly string[];
  /** Requests of one that goes away before it has read its answers. */
  readonly abandoned: readonly string[];
  /** Requests that are datagrams, without their framing. */
  readonly datagrams: readonly string[];
}

/** What came back. But for `sent`, everything is the same in every run. */
export interface Conversation {
  /** What each connection got, in the order in which they were opened. */
  readonly streams: readonly string[];
  /** The datagrams, in hexadecimal, for each request. */
  readonly datagrams: readonly (readonly string[])[];
  /** What the server counted as sent, with a part of what nobody read. */
  readonly sent: number;
}

const LARGE = 600_000;
const names = Array.from({ length: 150 }, (_, i) => `n${i}`);

/** The servers. */
export const ownedLoops: readonly OwnedLoop[] = [
  {
    name: 'records',
    text: readFileSync(join(FOLDER, 'owned-loop-records.input.c'), 'utf8'),
    requests: [
      `PUT tar ${LARGE}\r\n${'tar.'.repeat(LARGE / 4)}\r\n`,
      'PUT oak 5\r\n12345\r\n',
      'STAMP oak\r\n',
      'GET tar oak nothing\r\n',
      // Two records are queued when the third name turns out to be too long.
      `GET oak tar ${'x'.repeat(40)}\r\n`,
      'DROP tar\r\n',
      'GET tar oak\r\n',
      ...names.map((name) => `PUT ${name} 3\r\nabc\r\n`),
      'LIST\r\n',
      `GET ${names.join(' ')}\r\n`,
      'NOPE\r\n',
      'QUIT\r\n',
    ],
    abandoned: [`PUT pitch ${LARGE}\r\n${'p'.repeat(LARGE)}\r\n`, 'GET pitch pitch pitch\r\n', 'QUIT\r\n'],
    datagrams: [],
  },
  {
    name: 'tides',
    text: readFileSync(join(FOLDER, 'owned-loop-tides.input.c'), 'utf8'),
    requests: [
      'TIDE visby\r\n',
      'TABLE 30000\r\n',
      'NOPE\r\n',
      'TIDE nowhere\r\n',
      'PLACES\r\n',
      // 100,000 lines are queued when the table turns out to be too long.
      'TABLE 100002\r\n',
      'BYE\r\n',
    ],
    abandoned: ['TABLE 90000\r\n', 'TABLE 90000\r\n', 'BYE\r\n'],
    datagrams: ['TIDE visby\r\n', 'TABLE 60\r\n', 'PLACES\r\n', 'NOPE\r\n'],
  },
];

/** Servers whose loop is left to a person; a comment in each says why. */
export const refusedLoops: readonly Pick<OwnedLoop, 'name' | 'text'>[] = ['on-epoll', 'with-cipher'].map(
  (name) => ({ name, text: readFileSync(join(FOLDER, `owned-loop-${name}.input.c`), 'utf8') }),
);

/**
 * Compiles a server with libevent and a sanitizer; returns the program's path.
 * @throws Error with what clang said.
 */
export async function buildOwnedLoop(
  text: string,
  path: string,
  sanitizers: 'address,undefined' | 'thread',
): Promise<string> {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.c`, text);
  const { status, err } = await runProgram('clang', [
    ...['-std=c11', '-D_GNU_SOURCE', '-g', '-Wall', '-Werror'],
    ...[`-fsanitize=${sanitizers}`, '-fno-sanitize-recover=all'],
    ...[`${path}.c`, '-levent', '-pthread', '-o', path],
  ]);
  if (status !== 0) throw new Error(`clang ended with ${status}\n${err}`);
  return path;
}

/**
 * Starts the program with small send buffers and talks to it: one client goes away in the middle of an answer, one reads
 * nothing for a while, and another is served in the meantime. Of each, `limit` bytes are read, in case there is no end.
 * @throws Error when the server ends with anything but 0, with what a sanitizer said.
 */
export async function talkTo(
  program: string,
  { requests, abandoned, datagrams }: OwnedLoop,
  limit: number = Number.POSITIVE_INFINITY,
): Promise<Conversation> {
  const server = spawn(program, ['4096'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  server.stdout.setEncoding('utf8').on('data', (part: string) => {
    out += part;
  });
  server.stderr.setEncoding('utf8').on('data', (part: string) => {
    err += part;
  });
  const ended = once(server, 'close');
  try {
    while (!/^port \d+$/m.test(out))
      await Promise.race([once(server.stdout, 'data'), ended.then(() => fail(err))]);
    const port = Number(/^port (\d+)$/m.exec(out)?.[1]);
    await leave(port, abandoned);
    const first = await stream(port, requests, 0, limit);
    // While this one reads nothing, its answer fills the buffers between here and there; nobody else waits for it.
    const late = stream(port, requests, 300, limit);
    late.catch(() => {});
    const short = await stream(port, requests.slice(-2), 0, limit);
    const streams = [first, await late, short];
    const answers: (readonly string[])[] = [];
    for (const [id, request] of datagrams.entries()) answers.push(await exchange(port, id, request));
    server.kill('SIGTERM');
    const [status, signal] = await ended;
    if (status !== 0) fail(`${signal ?? status}\n${err}`);
    return { streams, datagrams: answers, sent: Number(/^sent (\d+)$/m.exec(out)?.[1]) };
  } catch (error) {
    // How the server died says more than that nobody answers any more.
    await Promise.race([ended, wait(500)]);
    if (server.signalCode !== null || server.exitCode !== null)
      fail(`${server.signalCode ?? server.exitCode}\n${err}`);
    throw error;
  } finally {
    if (server.exitCode === null && server.signalCode === null) server.kill('SIGKILL');
  }
}

function fail(err: string): never {
  throw new Error(`the server did not end well\n${err}`);
}

async function stream(
  port: number,
  requests: readonly string[],
  pause: number,
  limit: number,
): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  // The reader below is told; a write that fails is told to nobody else.
  socket.on('error', () => {});
  socket.end(requests.join(''), 'latin1');
  await wait(pause);
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of socket) {
    parts.push(part as Buffer);
    length += (part as Buffer).length;
    if (length > limit) break;
  }
  return Buffer.concat(parts).toString('latin1');
}

/** Goes away when the first bytes came; having said that it has nothing more to say, it is met with EPIPE. */
async function leave(port: number, requests: readonly string[]): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  socket.on('error', () => {});
  socket.end(requests.join(''), 'latin1');
  await once(socket, 'data');
  socket.pause();
  await wait(50);
  socket.resetAndDestroy();
}

/** One request over UDP; its datagrams begin with request, number and count in 16 bits each. */
async function exchange(port: number, id: number, request: string): Promise<readonly string[]> {
  const socket = createSocket('udp4');
  const answers: Buffer[] = [];
  const done = new Promise<void>((resolve) => {
    socket.on('message', (message) => {
      answers.push(message);
      if (answers.length === message.readUInt16BE(4)) resolve();
    });
  });
  socket.send(Buffer.concat([Buffer.from([0, id, 0, 0, 0, 1]), Buffer.from(request)]), port, '127.0.0.1');
  await done;
  socket.close();
  return answers.map((answer) => answer.toString('hex'));
}
