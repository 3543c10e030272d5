// A server and its clients over each of the ways that bytes can come.
import { randomUUID } from 'node:crypto';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { type PairOptions, transportPair } from '../../reference/bufferevent/pair.ts';
import { createServer, type Server } from '../../reference/server.ts';
import type { ServerOptions } from '../../reference/server-options.ts';
import { connectWire, testTls, type Wire } from './wire.ts';
import { WireClient } from './wire-client.ts';

/** How bytes come. */
export type TransportName = 'tcp4' | 'tcp6' | 'unix' | 'tls' | 'pair';

const hasIpv6: boolean = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some((each) => each.address === '::1'),
);

const all: readonly TransportName[] = ['tcp4', 'tcp6', 'unix', 'tls', 'pair'];

/** Describes the same over each transport; those that this machine lacks are skipped, by name. */
export function overEveryTransport(
  subject: string,
  body: (transport: TransportName) => void,
  transports: readonly TransportName[] = all,
): void {
  for (const name of transports)
    describe.skipIf(name === 'tcp6' && !hasIpv6)(`${subject}, over ${name}`, { timeout: 20_000 }, () =>
      body(name),
    );
}

/** A server that clients reach over one transport. Stops with `await using`. */
export interface TestBed extends AsyncDisposable {
  readonly server: Server;
  readonly transport: TransportName;
  connect(options?: PairOptions): Promise<WireClient>;
}

/** Starts a server that listens for this transport. */
export async function serveOver(transport: TransportName, options: ServerOptions = {}): Promise<TestBed> {
  const path = join(tmpdir(), `kv-engine-migrate-${randomUUID()}.sock`);
  const where: ServerOptions = {
    tcp4: {},
    tcp6: { host: '::1' },
    unix: { path },
    tls: { tls: testTls },
    pair: { port: false as const },
  }[transport];
  const server = await createServer({ ...options, ...where });
  const address =
    transport === 'unix' ? { path } : { host: where.host ?? '127.0.0.1', tls: transport === 'tls' };
  const wires = new Set<Wire>();
  return {
    server,
    transport,
    connect: async (pairOptions) => {
      let wire: Wire;
      if (transport === 'pair') {
        const pair = transportPair(pairOptions);
        server.attach(pair.server);
        wire = pair.client;
      } else {
        wire = await connectWire({ ...address, port: server.port });
      }
      wires.add(wire);
      // Who opens thousands of them wants their memory back.
      void wire.closed.then(() => wires.delete(wire));
      return new WireClient(wire);
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop({ graceMs: 0 });
      for (const wire of wires) wire.destroy();
    },
  };
}
