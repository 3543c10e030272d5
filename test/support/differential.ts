// The same commands to two servers, and where their responses differ. What is allowed to differ is explained-differences.ts.
import { describePacket } from '../../reference/protocol/describe.ts';
import { Opcode, opcodeName } from '../../reference/protocol/opcode.ts';
import { encodePacket, type Packet, packetOf } from '../../reference/protocol/packet.ts';
import { RequestFrame } from '../../reference/protocol/request-frame.ts';
import type { SeededCommand } from './differential-commands.ts';
import type { WireClient } from './wire-client.ts';

/** A request and what both servers said to it. */
export interface Exchange {
  /** Its header, and the body as far as the header tells the truth. */
  readonly request: RequestFrame;
  readonly ours: readonly Packet[];
  readonly theirs: readonly Packet[];
}

/** Responses differ, and somebody has said why that is right. */
export interface ExplainedDifference {
  /** A noun phrase. */
  readonly id: string;
  /** What is seen. */
  readonly what: string;
  /** Why it stays. */
  readonly why: string;
  /** Whether this difference is the one; no other may be covered. */
  matches(exchange: Exchange): boolean;
}

/** What came out. */
export interface Comparison {
  readonly commands: number;
  /** Exchanges that differ without an explanation, as text: at most the first twenty. */
  readonly unexplained: readonly string[];
  /** How often each explanation was needed, by id. */
  readonly explained: ReadonlyMap<string, number>;
}

/** Commands in one write; both servers have answered all of them before the next. */
const BATCH = 200;

const WRONG_CAS = 0x0123_4567_89ab_cdefn;
const SHOWN = 20;

/** Sends `count` commands to both, pipelined, and compares response by response. */
export async function compareServers(
  ours: WireClient,
  theirs: WireClient,
  commands: Iterable<SeededCommand>,
  count: number,
  differences: readonly ExplainedDifference[],
): Promise<Comparison> {
  const sides = [new Side(ours), new Side(theirs)] as const;
  const casPairs = new CasPairs();
  const findings = new Findings(differences);
  let batch: SeededCommand[] = [];
  let sent = 0;
  const runBatch = async (): Promise<void> => {
    const [mine, other] = await Promise.all(sides.map((side) => side.run(batch)));
    for (let i = 0; i < batch.length; i++) {
      const exchange: Exchange = {
        request: frameOf(mine!.requests[i]!),
        ours: mine!.responses[i]!,
        theirs: other!.responses[i]!,
      };
      findings.add(exchange, casPairs);
    }
    sent += batch.length;
    batch = [];
  };
  for (const command of commands) {
    // memcached pads a counter only where no response that is still to be sent refers to it.
    if (counting.has(command.opcode) && batch.some((each) => isReadOf(each, command.key))) await runBatch();
    batch.push(command);
    if (batch.length === BATCH || sent + batch.length === count) await runBatch();
    if (sent === count) break;
  }
  return { commands: sent, unexplained: findings.unexplained, explained: findings.explained };
}

const counting: ReadonlySet<number> = new Set([
  Opcode.Increment,
  Opcode.Incrementq,
  Opcode.Decrement,
  Opcode.Decrementq,
]);

const reading: ReadonlySet<number> = new Set([
  Opcode.Get,
  Opcode.Getq,
  Opcode.Getk,
  Opcode.Getkq,
  Opcode.Touch,
  Opcode.Gat,
  Opcode.Gatq,
]);

const isReadOf = (command: SeededCommand, key: Buffer): boolean =>
  reading.has(command.opcode) && command.key.equals(key);

/** What a connection that was ended after one packet and a NOOP got, from both servers. */
export async function compareAlone(
  connect: { readonly ours: () => Promise<WireClient>; readonly theirs: () => Promise<WireClient> },
  packets: Iterable<Buffer>,
  differences: readonly ExplainedDifference[],
): Promise<Comparison> {
  const findings = new Findings(differences);
  const casPairs = new CasPairs();
  let sent = 0;
  for (const bytes of packets) {
    const [ours, theirs] = await Promise.all(
      [connect.ours, connect.theirs].map(async (connectOne) => {
        const client = await connectOne();
        client.send(bytes, { opcode: Opcode.Noop, opaque: 0xffff_ffff });
        client.wire.end();
        return client.rest();
      }),
    );
    findings.add({ request: frameOf(bytes), ours: ours!, theirs: theirs! }, casPairs);
    sent += 1;
  }
  return { commands: sent, unexplained: findings.unexplained, explained: findings.explained };
}

/** One server's side of it. */
class Side {
  readonly #client: WireClient;
  /** The cas that this server said last, by key. */
  readonly #seen = new Map<string, bigint>();

  constructor(client: WireClient) {
    this.#client = client;
  }

  async run(batch: readonly SeededCommand[]): Promise<{ requests: Buffer[]; responses: Packet[][] }> {
    const requests = batch.map((command, opaque) => this.#encode(command, opaque));
    this.#client.send(...requests);
    const responses: Packet[][] = batch.map(() => []);
    let last = 0;
    for (const response of await this.#client.sync()) {
      const { cas, opaque } = response;
      if (opaque < last) throw new Error(`A response is out of order: ${describePacket(response)}.`);
      last = opaque;
      responses[opaque]!.push(response);
      if (cas !== 0n) this.#seen.set(batch[opaque]!.key.toString('latin1'), cas);
    }
    return { requests, responses };
  }

  #encode(command: SeededCommand, opaque: number): Buffer {
    const { cas: wanted, ...parts } = command;
    const seen = this.#seen.get(command.key.toString('latin1')) ?? 0n;
    const cas = wanted === 'none' ? 0n : wanted === 'wrong' ? WRONG_CAS : seen;
    return encodePacket({ ...parts, opaque, cas });
  }
}

/** Which cas of one server stands for which of the other. */
class CasPairs {
  readonly #theirs = new Map<bigint, bigint>();
  readonly #ours = new Map<bigint, bigint>();

  /** Whether two cas are the same version, as far as is known. */
  agree(ours: bigint, theirs: bigint): boolean {
    if (ours === 0n || theirs === 0n) return ours === theirs;
    if (!this.#theirs.has(ours) && !this.#ours.has(theirs)) {
      this.#theirs.set(ours, theirs);
      this.#ours.set(theirs, ours);
    }
    return this.#theirs.get(ours) === theirs && this.#ours.get(theirs) === ours;
  }
}

/** The differences found so far. */
class Findings {
  readonly unexplained: string[] = [];
  readonly explained: Map<string, number> = new Map();
  readonly #differences: readonly ExplainedDifference[];

  constructor(differences: readonly ExplainedDifference[]) {
    this.#differences = differences;
  }

  add(exchange: Exchange, casPairs: CasPairs): void {
    const { ours, theirs } = exchange;
    if (ours.length === theirs.length && ours.every((each, i) => isSame(each, theirs[i]!, casPairs))) return;
    const found = this.#differences.filter((difference) => difference.matches(exchange));
    if (found.length === 1) {
      const { id } = found[0]!;
      this.explained.set(id, (this.explained.get(id) ?? 0) + 1);
    } else if (this.unexplained.length < SHOWN) this.unexplained.push(describeExchange(exchange));
  }
}

function isSame(ours: Packet, theirs: Packet, casPairs: CasPairs): boolean {
  return (
    ours.magic === theirs.magic &&
    ours.opcode === theirs.opcode &&
    ours.opaque === theirs.opaque &&
    ours.vbucketOrStatus === theirs.vbucketOrStatus &&
    ours.datatype === theirs.datatype &&
    ours.extras.equals(theirs.extras) &&
    ours.key.equals(theirs.key) &&
    ours.value.equals(theirs.value) &&
    casPairs.agree(ours.cas, theirs.cas)
  );
}

function describeExchange({ request, ours, theirs }: Exchange): string {
  const lines = (packets: readonly Packet[]): string =>
    packets.length === 0 ? 'nothing' : packets.map(describePacket).join(' | ');
  const { magic, opcode, extlen, keylen, bodylen, datatype, vbucket, cas } = request;
  const header = { magic, extlen, keylen, bodylen, datatype, vbucket, cas: String(cas) };
  const isTrue = extlen + keylen <= bodylen && request.end <= request.bytes.length;
  const what = isTrue ? describePacket(packetOf(request)) : opcodeName(opcode);
  return `${what} ${JSON.stringify(header)}\n  ours:   ${lines(ours)}\n  theirs: ${lines(theirs)}`;
}

function frameOf(bytes: Buffer): RequestFrame {
  const frame = new RequestFrame();
  frame.read(bytes, 0);
  return frame;
}
