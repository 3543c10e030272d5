// Starts this package's `serve` as a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** @returns {Promise<{ process: import('node:child_process').ChildProcess, pid: number, port: number }>} once it listens */
export async function startServer(cli, options) {
  const process = spawn(globalThis.process.execPath, [cli, 'serve', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(process.stdout), 'line');
  return { process, pid: process.pid, port: JSON.parse(line).port };
}
