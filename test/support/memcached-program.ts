// The memcached of the machine, where there is one: started on a socket in a folder of its own, stopped again.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { connectWire } from './wire.ts';
import { WireClient } from './wire-client.ts';

/** A memcached that runs. */
export interface RunningMemcached {
  connect(): Promise<WireClient>;
  stop(): Promise<void>;
}

/** The program on the PATH; undefined where there is none. */
export function memcachedProgram(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, 'memcached')).find((file) => existsSync(file));
}

/** Starts it: one thread, binary protocol, nothing that runs beside the commands. */
export async function startMemcached(program: string): Promise<RunningMemcached> {
  const folder = mkdtempSync(join(tmpdir(), 'memcached-'));
  const path = join(folder, 'socket');
  const options = ['-B', 'binary', '-t', '1', '-m', '1024', '-u', userInfo().username, '-s', path];
  const child = spawn(program, [...options, '-o', 'no_lru_crawler,no_lru_maintainer'], { stdio: 'ignore' });
  const memcached: RunningMemcached = {
    connect: async () => new WireClient(await connectWire({ path })),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill();
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await (await firstConnection(memcached, child)).close();
  } catch (error) {
    await memcached.stop();
    throw error;
  }
  return memcached;
}

/** It does not say when it listens. */
async function firstConnection(memcached: RunningMemcached, child: ChildProcess): Promise<WireClient> {
  for (;;) {
    try {
      return await memcached.connect();
    } catch (error) {
      if (child.exitCode !== null) throw new Error('memcached ended.', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
