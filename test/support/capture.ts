// What goes over a loopback port, captured by tcpdump and decoded by tshark: the independent decoder of the protocol.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { hasProgram, runProgram } from './debian-programs.ts';

/** Whether this process may capture on the loopback interface. */
export const canCapture: boolean =
  hasProgram('tcpdump') &&
  hasProgram('tshark') &&
  spawnSync('tcpdump', ['-i', 'lo', '-c', '1', '--immediate-mode', '-w', '/dev/null', 'port', '1'], {
    timeout: 400,
  }).error !== undefined;

/** A running capture. */
export interface Capture {
  /** Ends it once everything that was sent is in the file. */
  stop(): Promise<void>;
}

/** Captures a port of the loopback interface into a file. */
export async function capture(port: number, file: string): Promise<Capture> {
  const child = spawn(
    'tcpdump',
    [
      '-i',
      'lo',
      '-s',
      '0',
      '-B',
      '65536',
      '-U',
      '--immediate-mode',
      '-Z',
      'root',
      '-w',
      file,
      'port',
      String(port),
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (text: Buffer) => {
      if (String(text).includes('listening on')) resolve();
    });
    child.once('error', reject);
  });
  return {
    stop: async () => {
      // The kernel hands packets over in batches.
      await new Promise((resolve) => setTimeout(resolve, 500));
      child.kill('SIGINT');
      await once(child, 'exit');
    },
  };
}

/** A tshark filter over a capture, as one text for each packet that it takes. */
export async function decode(
  file: string,
  port: number,
  filter: string,
  field: string = 'couchbase.opcode',
): Promise<readonly string[]> {
  const decoder = ['-d', `tcp.port==${port},couchbase`];
  const fields = ['-T', 'fields', '-e', 'frame.number', '-e', field, '-e', '_ws.expert.message'];
  const { out, status, err } = await runProgram('tshark', ['-r', file, ...decoder, '-Y', filter, ...fields]);
  if (status !== 0) throw new Error(`tshark: ${err}`);
  return out.split('\n').filter((line) => line !== '');
}

/** Everything that tshark does not understand. */
export const MALFORMED = '_ws.malformed || (couchbase && _ws.expert.severity >= error)';
