// Servers for the length of a test.
import { onTestFinished } from 'vitest';
import { createServer, type Server } from '../../reference/server.ts';
import type { ServerOptions } from '../../reference/server-options.ts';

/** Starts a server; it is stopped when the test is over, whatever becomes of the test. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const server = await createServer(options);
  onTestFinished(async () => {
    await server.stop({ graceMs: 0 });
  });
  return server;
}
