// Programs of Debian's packages that a test may need. Tests that need one are skipped by name where it is missing.
import { spawn, spawnSync } from 'node:child_process';

/** Whether a program is on PATH. */
export function hasProgram(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

/** What a program came to. */
export interface ProgramRun {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end, without holding up this process: a server in it has to answer. */
export function runProgram(name: string, args: readonly string[]): Promise<ProgramRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, out, err }));
  });
}
