// Builds the C and C++ send fixtures into programs that print what each case puts on the wire, and runs them.
// One program for each version, language and sanitizer: a translation unit per case in C, a namespace per case in C++.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runProgram } from './debian-programs.ts';

const ROOT = join(import.meta.dirname, '../..');
const RUNTIME = join(import.meta.dirname, 'send-runtime');
const C_COMPILER = 'clang';

/** Whether libevent's headers are where clang looks for them. */
export function hasLibevent(): boolean {
  return spawnSync(C_COMPILER, ['-E', '-include', 'event2/event.h', '-x', 'c', '/dev/null']).status === 0;
}

/** The sending side that a text is written for. */
export type SendVersion = 'before' | 'after';

/** One case for a program: its sources are written out and compiled as they are. */
export interface SendCase {
  readonly name: string;
  readonly language: 'c' | 'c++';
  readonly texts: Readonly<Record<string, string>>;
  /** Absolute path of a contract that is included before the sources. */
  readonly contract?: string | undefined;
}

/** What one case put on the wire. */
export interface Wire {
  /** In hexadecimal; each datagram ends with `|`. */
  readonly bytes: string;
  /** Items that nobody released. */
  readonly itemsAlive: number;
  readonly descriptors: number;
}

/** The sanitizers of one build, as clang takes them. */
export type Sanitizers = 'address,undefined' | 'thread';

/** Where the sources of the cases are written and the programs are built. */
export interface SendBuild {
  readonly folder: string;
  readonly version: SendVersion;
  readonly sanitizers: Sanitizers;
}

/** A program that runs the cases that it is told. */
export interface SendProgram {
  /** Where it is. */
  readonly path: string;
  /** What it was built from, in order. */
  readonly names: readonly string[];
}

/**
 * Compiles the cases of one language into one program.
 * @throws Error with what clang said.
 */
export async function buildSends(
  cases: readonly SendCase[],
  language: SendCase['language'],
  build: SendBuild,
): Promise<SendProgram> {
  const mine = cases.filter((one) => one.language === language);
  const isC = language === 'c';
  const label = [isC ? 'c' : 'cpp', build.version, build.sanitizers.replace(',', '-')].join('-');
  const path = join(build.folder, `${label}.out`);
  const sources = isC ? writeC(mine, join(build.folder, label)) : writeCpp(mine, join(build.folder, label));
  const connection = join(RUNTIME, `${build.version}.${isC ? 'c' : 'cc'}`);
  const wire = join(build.folder, `${label}-wire.o`);
  const flags = [
    ...flagsOf(build.version),
    '-g',
    `-fsanitize=${build.sanitizers}`,
    '-fno-sanitize-recover=all',
  ];
  await clang(C_COMPILER, [...flags, '-std=c11', '-c', join(RUNTIME, 'wire.c'), '-o', wire]);
  await clang(isC ? C_COMPILER : 'clang++', [
    ...flags,
    standardOf(language),
    ...sources,
    connection,
    wire,
    '-levent',
    '-pthread',
    '-o',
    path,
  ]);
  return { path, names: mine.map(({ name }) => name) };
}

/**
 * Runs cases of a program and reads what each put on the wire.
 * @throws Error with what a sanitizer or the program said.
 */
export async function wiresOf(
  { path, names }: SendProgram,
  wanted: readonly string[] = names,
): Promise<ReadonlyMap<string, Wire>> {
  const { status, out, err } = await runProgram(path, wanted);
  if (status !== 0) throw new Error(`${basename(path)} ended with ${status}\n${err}\n${out.slice(-500)}`);
  return new Map(out.trim().split('\n').filter(Boolean).map(readWire));
}

/** What clang's static analyser says of each case, by name; its path notes are left out. */
export async function analyserWarnings(
  cases: readonly SendCase[],
  language: SendCase['language'],
  version: SendVersion,
  temporary: string,
): Promise<readonly string[]> {
  const mine = cases.filter((one) => one.language === language);
  const folder = join(temporary, `analysed-${language === 'c' ? 'c' : 'cpp'}-${version}`);
  const sources = language === 'c' ? writeC(mine, folder) : writeCpp(mine, folder);
  const { err } = await runProgram(C_COMPILER, [
    '--analyze',
    ...['-Xclang', '-analyzer-output=text'],
    ...flagsOf(version),
    standardOf(language),
    ...sources,
  ]);
  return err.split('\n').filter((line) => /\b(?:warning|error):/.test(line) && line.startsWith(folder));
}

/** What clang says against cases that have all their headers with them and are not for running. */
export async function complaintsOf(cases: readonly SendCase[], folder: string): Promise<readonly string[]> {
  const runs = await Promise.all(
    cases.map((one) => {
      const flags = ['-fsyntax-only', '-Wall', '-Werror', standardOf(one.language)];
      return runProgram(C_COMPILER, [...flags, ...writeTexts(one, folder)]);
    }),
  );
  return runs.flatMap(({ err }) => err.split('\n').filter(Boolean));
}

function standardOf(language: SendCase['language']): string {
  return language === 'c' ? '-std=c11' : '-std=c++14';
}

function flagsOf(version: SendVersion): readonly string[] {
  const include = join(ROOT, 'fixtures/include');
  return [
    '-D_GNU_SOURCE',
    ...['', 'send', `send-${version}`].map((part) => `-I${join(include, part)}`),
    `-I${RUNTIME}`,
    ...[
      '-Wall',
      '-Werror',
      '-Wno-unused-function',
      '-Wno-unused-const-variable',
      '-Wno-unused-private-field',
    ],
  ];
}

async function clang(program: string, args: readonly string[]): Promise<void> {
  const { status, err } = await runProgram(program, args);
  if (status !== 0) throw new Error(`${program} ended with ${status}\n${err}`);
}

function readWire(line: string): readonly [string, Wire] {
  const [name = '', alive, descriptors, bytes = ''] = line.split(' ');
  return [name, { bytes, itemsAlive: Number(alive), descriptors: Number(descriptors) }];
}

/** A unit for each case, so that their static functions do not meet; returns all that is to be compiled. */
function writeC(cases: readonly SendCase[], folder: string): readonly string[] {
  const units = cases.map((one) => {
    const files = writeTexts(one, folder);
    return write(join(folder, `${one.name}.unit.c`), [
      '#include <conn.h>',
      ...contractOf(one),
      `#define serve serve_${identifierOf(one)}`,
      'void serve(conn *c);',
      ...files.map((file) => `#include "${file}"`),
    ]);
  });
  const main = write(join(folder, 'main.c'), [
    '#include <conn-life.h>',
    '#include <string.h>',
    '#include <wire.h>',
    ...cases.flatMap((one) => [
      `void serve_${identifierOf(one)}(conn *c);`,
      `static void run_${identifierOf(one)}(int fd) {`,
      `    conn *c = conn_open(fd);`,
      `    serve_${identifierOf(one)}(c);`,
      // A loop of its own has to send everything by itself.
      ...(says(one, 'loop: own') ? [] : ['    conn_drain(c);']),
      '    conn_close(c);',
      '}',
    ]),
    ...mainOf(cases),
  ]);
  return [...units, main];
}

/** One unit with a namespace for each case: the headers are read once. */
function writeCpp(cases: readonly SendCase[], folder: string): readonly string[] {
  const texts = cases.flatMap((one) => Object.values(one.texts));
  const headers = texts.flatMap((text) => text.match(/^#include <.*>/gm) ?? []);
  const keepsAddIov = cases.some((one) => connectionOf(one) !== 'Connection');
  const main = write(join(folder, 'main.cc'), [
    ...new Set(headers.map((line) => line.trim())),
    ...(keepsAddIov ? ['#include <daemon/add-iov-connection.h>'] : []),
    '#include <string.h>',
    '#include <wire.h>',
    ...cases.flatMap((one) => [
      `namespace ${identifierOf(one)} {`,
      `using Connection = ::${connectionOf(one)};`,
      ...writeTexts(one, folder).map((file) => `#include "${file}"`),
      'void run(int fd) {',
      '    Connection connection(fd);',
      '    serve(connection);',
      '    connection.drain();',
      '}',
      '}',
    ]),
    ...mainOf(cases),
  ]);
  return [main];
}

// Where the contract keeps addIov, the sources mean the connection that has it.
function connectionOf({ contract }: SendCase): string {
  const text = contract === undefined ? '' : readFileSync(contract, 'utf8');
  return /\baddIov\b/.test(text) ? 'AddIovConnection' : 'Connection';
}

// Runs the cases that the arguments name, in their order.
function mainOf(cases: readonly SendCase[]): readonly string[] {
  return [
    'int main(int count, char** names) {',
    '    for (int i = 1; i < count; i++) {',
    ...cases.map((one) => {
      const isDatagram = says(one, 'socket: datagram');
      const run = one.language === 'c' ? `run_${identifierOf(one)}` : `${identifierOf(one)}::run`;
      const kind = isDatagram ? 'WIRE_DATAGRAM' : 'WIRE_STREAM';
      return `        if (strcmp(names[i], "${one.name}") == 0) wire_run("${one.name}", ${kind}, ${run});`;
    }),
    '    }',
    '    return 0;',
    '}',
  ];
}

function says({ texts }: SendCase, words: string): boolean {
  return Object.values(texts).some((text) => text.includes(words));
}

function contractOf({ contract }: SendCase): readonly string[] {
  return contract === undefined ? [] : [`#include "${contract}"`];
}

function identifierOf({ name }: SendCase): string {
  return name.replaceAll('-', '_');
}

/** Writes the texts below a folder of their own; returns the paths of those that are not headers. */
function writeTexts({ name, texts }: SendCase, folder: string): readonly string[] {
  const paths = Object.entries(texts).map(([file, text]) => {
    const path = join(folder, name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  });
  return paths.filter((path) => !basename(path).endsWith('.h'));
}

function write(path: string, lines: readonly string[]): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}
