// STAT: one response for each statistic, then an empty one. Groups that the server does not have are the engine's.
import type { Command, CommandDefinition, ConnectionFacts, Handler, Host } from '../command.ts';
import { type AddStat, EngineErrorCode as Code, type EngineErrorCode } from '../engine/contract.ts';
import { Opcode } from '../protocol/opcode.ts';

type Statistic = readonly [name: string, value: string | number | bigint];

/**
 * What an engine has reported to one command. It is sent when it is complete: an engine that waits and is asked again
 * has nothing sent twice, and what it adds when the command has ended is sent to nobody.
 */
class Report {
  readonly statistics: Map<string, string> = new Map();
  readonly add: AddStat = (name, value) => {
    this.statistics.set(`${name}`, `${value}`);
  };
}

/** Answers a group; the argument is what follows the group's name and a space. */
type Group = (command: Command, argument: string) => EngineErrorCode;

const groups: ReadonlyMap<string, Group> = new Map<string, Group>([
  ['connections', (command, argument) => connections(command, argument)],
  ['detail', (command, argument) => detail(command, argument)],
  ['reset', plain(reset)],
  ['send', plain(({ host }) => sendStatistics(host))],
  ['settings', plain(({ host }) => host.settings)],
]);

const stat: Handler = (command) => {
  const name = command.request.keyText();
  const space = name.indexOf(' ');
  const group = groups.get(space === -1 ? name : name.slice(0, space));
  if (group !== undefined) return group(command, space === -1 ? '' : name.slice(space + 1));
  if (!(command.progress instanceof Report)) command.progress = new Report();
  const report = command.progress as Report;
  const { engine } = command;
  const code = engine.getStats(engine, command.cookie, name, report.add);
  if (code !== Code.ENGINE_SUCCESS) return code;
  if (name !== '') return send(command, report.statistics);
  // Of two with the same name the server's is true: it has counted what clients asked.
  const own = generalStatistics(command.host);
  const names = new Set(own.map(([each]) => each));
  return send(command, [...own, ...[...report.statistics].filter(([each]) => !names.has(each))]);
};

function plain(statistics: (command: Command) => Iterable<Statistic>): Group {
  return (command, argument) => (argument === '' ? send(command, statistics(command)) : Code.ENGINE_EINVAL);
}

function send(command: Command, statistics: Iterable<Statistic>): EngineErrorCode {
  for (const [name, value] of statistics) {
    command.respond({ key: Buffer.from(name), value: Buffer.from(`${value}`) });
  }
  return command.respond({});
}

function reset(command: Command): Iterable<Statistic> {
  const { cookie, engine, host } = command;
  host.stats.reset();
  command.settle(engine.resetStats(engine, cookie));
  return [];
}

function generalStatistics(host: Host): readonly Statistic[] {
  const { clock, stats } = host;
  return [
    ['pid', process.pid],
    ['uptime', clock.uptime],
    ['time', clock.abstime(clock.seconds)],
    ['version', host.version],
    ['pointer_size', process.arch.endsWith('64') || process.arch === 's390x' ? 64 : 32],
    ['curr_connections', stats.currConnections],
    ['total_connections', stats.totalConnections],
    ['rejected_connections', stats.rejectedConnections],
    ['cmd_get', stats.cmdGet],
    ['cmd_set', stats.cmdSet],
    ['cmd_flush', stats.cmdFlush],
    ['cmd_touch', stats.cmdTouch],
    ['cmd_lock', stats.cmdLock],
    ['get_hits', stats.getHits],
    ['get_misses', stats.getMisses],
    ['delete_misses', stats.deleteMisses],
    ['delete_hits', stats.deleteHits],
    ['incr_misses', stats.incrMisses],
    ['incr_hits', stats.incrHits],
    ['decr_misses', stats.decrMisses],
    ['decr_hits', stats.decrHits],
    ['cas_misses', stats.casMisses],
    ['cas_hits', stats.casHits],
    ['cas_badval', stats.casBadval],
    ['touch_hits', stats.touchHits],
    ['touch_misses', stats.touchMisses],
    ['lock_errors', stats.lockErrors],
    ['auth_cmds', stats.authCmds],
    ['auth_errors', stats.authErrors],
    ['bytes_read', stats.bytesRead],
    ['bytes_written', stats.bytesWritten],
    ...sendStatistics(host),
    ['engine_faults', stats.engineFaults],
    ['invalid_requests', stats.invalidRequests],
    ['threads', 1],
  ];
}

/** The send path's: what was queued, what the kernel took, and in how many writes. */
function sendStatistics({ stats }: Host): readonly Statistic[] {
  return [
    ['total_send', stats.bytesWritten],
    ['total_queued_send', stats.bytesQueued],
    ['send_queue_high_water', stats.sendQueueHighWater],
    ['send_queue_full', stats.sendQueueFull],
    ['writes', stats.writes],
    ['responses', stats.responses],
    ['writes_per_response', stats.responses === 0 ? 0 : (stats.writes / stats.responses).toFixed(4)],
    ['chained', stats.chained],
    ['conn_yields', stats.connYields],
  ];
}

/** Of every connection, or of the one with the id in the argument. */
function connections(command: Command, argument: string): EngineErrorCode {
  const all = command.host.connections();
  if (argument === '') return send(command, all.flatMap(connectionStatistics));
  if (!/^\d{1,19}$/.test(argument)) return Code.ENGINE_EINVAL;
  return send(command, all.filter(({ id }) => id === BigInt(argument)).flatMap(connectionStatistics));
}

function connectionStatistics(connection: ConnectionFacts): readonly Statistic[] {
  const { id, session } = connection;
  return [
    [`${id}:addr`, connection.peerName],
    [`${id}:agent`, session.agent],
    [`${id}:user`, session.user ?? ''],
    [`${id}:bucket`, session.bucket.name],
    [`${id}:dcp`, session.dcp],
    [`${id}:bytes_read`, connection.bytesRead],
    [`${id}:bytes_written`, connection.bytesWritten],
    [`${id}:queued`, connection.queued],
  ];
}

/** memcached's counts by prefix of keys: can be turned on and off as there, but nothing is counted. */
function detail(command: Command, argument: string): EngineErrorCode {
  if (argument === 'on' || argument === 'off') return send(command, []);
  if (argument === 'dump') return send(command, [['detailed', 'END\r\n']]);
  return Code.ENGINE_KEY_ENOENT;
}

/** The commands of this file. */
export const statCommands: readonly CommandDefinition[] = [{ opcode: Opcode.Stat, run: stat }];
