// The reference server against Debian's memcached and against its own old send path, under the load generator.
// Writes server.svg beside this file. Needs gcc and memcached on PATH.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, output, ratio, rounds } from './measure.mjs';
import { ratioPlot } from './ratio-plot.mjs';
import { startServer } from './start-server.mjs';
import { statsOf } from './stats-of.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const SECONDS = ['-t', '0.8', '-w', '0.3'];

/** Against memcached with one thread: what the generator is told, and the least ratio that is good enough. */
const peers = [
  { what: 'GET 100 B, depth 64', args: ['-d', '64'], target: 1.2 },
  { what: 'GET 100 B, depth 256', args: ['-d', '256'], target: 1.5 },
  { what: 'GET 100 B, 50 connections, depth 1', args: ['-c', '50'], target: 0.7 },
  { what: 'GET 10 KB, depth 16', args: ['-d', '16', '-v', '10240'], target: 0.85 },
  { what: 'GET 1 MB, depth 4', args: ['-d', '4', '-v', '1000000'], target: 0.6 },
  { what: 'SET 100 B, depth 64', args: ['-d', '64', '-o', 'set'] },
];

const sizes = [64, 512, 2048, 4096, 8192, 16384, 65536, 262144, 1000000];

/** Measures everything in turns. @returns rows for the table */
export async function server({ cli, folder }) {
  if (spawnSync('gcc', ['--version']).status !== 0) return 'server: skipped (gcc is not on PATH)';
  if (spawnSync('memcached', ['-V']).status !== 0) return 'server: skipped (memcached is not on PATH)';
  mkdirSync(folder, { recursive: true });
  const generator = join(folder, 'loadgen');
  output('gcc', ['-O2', '-o', generator, join(here, 'loadgen.c')]);
  const started = [];
  const ours = async (...options) => {
    const one = await startServer(cli, ['--config', 'cache_size=512m', ...options]);
    started.push(one);
    return one;
  };
  try {
    const memcached = await startMemcached();
    started.push(memcached);
    const auto = await ours();
    const modes = { copy: await ours('--send', 'copy'), ref: await ours('--send', 'ref'), auto };
    const legacy = await ours('--contract', 'v1');
    const load = (target, args) => {
      const text = output(
        generator,
        ['-p', target.port, '-P', target.pid, '-j', ...SECONDS, ...args].map(String),
      );
      return JSON.parse(text);
    };

    const samples = new Map();
    const sample = (name, target, args) => {
      const figure = load(target, args);
      samples.set(name, [...(samples.get(name) ?? []), figure]);
    };
    const writes = [];
    for (let round = -1; round < rounds; round++) {
      if (round === 0) samples.clear();
      for (const { what, args } of peers) {
        sample(`${what}/memcached`, memcached, args);
        const before = await statsOf(auto.port);
        sample(`${what}/ours`, auto, args);
        const after = await statsOf(auto.port);
        if (round >= 0 && what === peers[0].what) writes.push(perResponse(before, after));
      }
      sample('legacy/new', auto, ['-d', '64']);
      sample('legacy/old', legacy, ['-d', '64']);
      for (const size of sizes)
        for (const [mode, target] of Object.entries(modes))
          sample(`${size}/${mode}`, target, ['-d', size > 100000 ? '4' : '16', '-v', String(size)]);
    }
    const ops = (name) => samples.get(name).map((figure) => figure.ops);
    const cpu = (name) => median(samples.get(name).map((figure) => figure.srv_us_op));
    const peerRows = peers.map(({ what, target }) => ({
      title: 'server: throughput against memcached with one thread',
      what,
      ratio: ratio(ops(`${what}/ours`), ops(`${what}/memcached`)),
      absolute: `${figure(median(ops(`${what}/ours`)))} to ${figure(median(ops(`${what}/memcached`)))} a second; CPU ${cpu(`${what}/ours`).toFixed(2)} to ${cpu(`${what}/memcached`).toFixed(2)} us each`,
      target: target === undefined ? '' : `${target}x`,
    }));
    const sizeRows = sizes.map((size) => {
      const best = ops(`${size}/copy`).map((copied, round) => Math.max(copied, ops(`${size}/ref`)[round]));
      return {
        title: 'server: auto against the better of copy and ref',
        what: `GET ${size} B`,
        ratio: ratio(ops(`${size}/auto`), best),
        absolute: `copy ${figure(median(ops(`${size}/copy`)))}, ref ${figure(median(ops(`${size}/ref`)))}, auto ${figure(median(ops(`${size}/auto`)))} a second`,
        target: '0.9x',
        size,
      };
    });
    const legacyRow = {
      title: 'server: the send buffer against the old send path, same engine',
      what: 'GET 100 B, depth 64',
      ratio: ratio(ops('legacy/new'), ops('legacy/old')),
      absolute: `${figure(median(ops('legacy/new')))} to ${figure(median(ops('legacy/old')))} a second`,
      target: '5.0x',
    };
    const writesRow = {
      title: 'server: writes for each response',
      what: peers[0].what,
      absolute: median(writes).toFixed(4),
      target: '0.02',
    };
    const plotted = [
      ...[...peerRows, legacyRow].map(({ what, ratio, target, title }) => ({
        label: title.includes('old send path') ? `${what}, old send path` : what,
        ratio,
        target: Number.parseFloat(target),
      })),
      ...sizeRows.map(({ what, ratio }) => ({
        label: `${what}: auto to the better mode`,
        ratio,
        target: 0.9,
      })),
    ];
    const words = 'Throughput ratios, medians of one run; grey: least to most; blue: target';
    writeFileSync(join(here, 'server.svg'), ratioPlot(words, plotted));
    return [...peerRows, writesRow, legacyRow, ...sizeRows];
  } finally {
    for (const { process } of started) process.kill();
  }
}

function perResponse(before, after) {
  return (after.get('writes') - before.get('writes')) / (after.get('responses') - before.get('responses'));
}

function figure(perSecond) {
  return perSecond >= 10_000 ? `${(perSecond / 1000).toFixed(0)} k` : perSecond.toFixed(0);
}

async function startMemcached() {
  // It cannot be asked for a free port: one is found, and taken at once.
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  const process = spawn(
    'memcached',
    [
      '-u',
      'nobody',
      '-l',
      '127.0.0.1',
      '-p',
      String(port),
      '-U',
      '0',
      '-t',
      '1',
      '-m',
      '1024',
      '-I',
      '4m',
      '-B',
      'binary',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  for (let tries = 0; ; tries++) {
    try {
      await statsOf(port);
      return { process, pid: process.pid, port };
    } catch (error) {
      if (tries > 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
