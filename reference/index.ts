// The public API of the reference server, published as `kv-engine-migrate/server`.
export type { Transport, TransportEvents } from './bufferevent/transport.ts';
export { systemTime, type TimeSource, type VirtualTime, virtualTime } from './clock.ts';
export type { ConnectionFacts } from './command.ts';
export { EngineLoadError } from './engine/engine-load-error.ts';
export { type LoadOptions, loadEngine } from './engine/load.ts';
export type { SendMode } from './output-stream.ts';
export { createServer, type Server, type StopReport } from './server.ts';
export type { BucketOptions, EngineChoice, LogRecord, ServerOptions } from './server-options.ts';
export type { ServerStats } from './server-stats.ts';
