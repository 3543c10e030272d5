// One side of a comparison: a server with the observed engine, its clients, and a world in which nothing happens by
// itself. Bytes move first; what was put off runs when no byte is left to move, so that the order of commands on all
// connections is the same however many bytes a send path hands over at once.
import { virtualTime } from '../clock.ts';
import type { EngineModule } from '../engine/contract.ts';
import { Random } from '../random.ts';
import { createServer, type Server } from '../server.ts';
import { Client, type Memory } from './client.ts';
import type { Conversation, RequestPlan, Slot, Step } from './conversation.ts';
import { observedModule } from './observed-engine.ts';
import { Observer } from './observer.ts';
import { answers, snapshot } from './peer.ts';
import type { Recording, Sighting } from './recording.ts';
import { TaskQueue } from './task-queue.ts';

/** An engine, and the path that its responses take. */
export interface SideOptions {
  readonly module: EngineModule;
  /** The text that `initialize` gets. */
  readonly config: string;
  readonly contract: 'current' | 'v1';
}

/** Milliseconds that an engine which notifies by the real clock is waited for, in each step. */
const PATIENCE_MS = 200;

/** Plays a whole conversation. Rejects with EngineLoadError where the engine does not start. */
export async function play(conversation: Conversation, options: SideOptions): Promise<Recording> {
  const side = new Side(conversation);
  await side.start(options);
  return await side.play();
}

class Side {
  readonly #conversation: Conversation;
  readonly #time = virtualTime();
  /** Bytes on their way. */
  readonly #bytes = new TaskQueue();
  /** What the server and the injection put off. */
  readonly #tasks = new TaskQueue();
  readonly #observer = new Observer();
  readonly #memory: Memory = { cas: new Map(), uuids: new Map() };
  readonly #clients: Client[] = [];
  readonly #bySlot = new Map<Slot, Client>();
  #server: Server | undefined;

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  async start({ module, config, contract }: SideOptions): Promise<void> {
    const { injection, profile, seed, send } = this.#conversation;
    const schedule = this.#tasks.schedule;
    this.#server = await createServer({
      engine: observedModule(module, {
        contract,
        observer: this.#observer,
        injection: { random: new Random(seed, 1), share: injection, schedule },
      }),
      config,
      contract,
      profile,
      send,
      port: false,
      busyPoll: false,
      time: this.#time,
      schedule,
    });
  }

  async play(): Promise<Recording> {
    const observer = this.#observer;
    let failure: Sighting | undefined;
    try {
      for (const [at, step] of this.#conversation.steps.entries()) {
        observer.step = at;
        this.#do(step);
        await this.#rest();
        for (const client of this.#clients) client.mark();
      }
    } catch (error) {
      failure = { step: observer.step, text: error instanceof Error ? error.message : String(error) };
    }
    await this.#finish(failure !== undefined);
    return {
      connections: this.#clients.map((client) => client.record()),
      releases: observer.releases,
      headerWrites: observer.headerWrites,
      violations: observer.violations,
      failure,
      counts: observer.counts,
    };
  }

  #do(step: Step): void {
    switch (step.kind) {
      case 'send':
        return this.#send(this.#client(step.slot), step.requests, new Random(step.seed));
      case 'answer': {
        const random = new Random(step.seed);
        const client = this.#client(step.slot);
        return this.#send(client, answers(client, random).map(plain), random);
      }
      case 'replicate': {
        const random = new Random(step.seed);
        const client = this.#client(step.slot);
        return this.#send(client, snapshot(client, step.changes, random).map(plain), random);
      }
      case 'time':
        return this.#time.advance(step.seconds);
      case 'hang-up': {
        const client = this.#bySlot.get(step.slot);
        if (step.how === 'end') client?.end();
        else client?.reset();
        return;
      }
      case 'abandon': {
        const client = this.#client(step.slot);
        client.pause();
        client.write(client.prepare(step.request));
        this.#bytes.run();
        client.reset();
      }
    }
  }

  #send(client: Client, requests: readonly RequestPlan[], random: Random): void {
    if (client.isDcp || requests.some(opensDcp)) {
      // One packet after the other, each with its consequences: what a step says must not depend on what was sent on.
      for (const request of requests) {
        const bytes = client.prepare(request);
        for (const piece of cut(bytes, random.below(3), random)) this.#deliver(client, piece);
        if (random.chance(0.3)) this.#settle();
      }
      return;
    }
    const bytes = Buffer.concat(requests.map((request) => client.prepare(request)));
    for (const piece of cut(bytes, cuts(bytes.length, random), random)) {
      if (random.chance(0.3)) client.pause();
      this.#deliver(client, piece);
      if (!random.chance(0.3)) continue;
      client.resume();
      this.#settle();
    }
    client.resume();
  }

  #deliver(client: Client, bytes: Buffer): void {
    client.write(bytes);
    this.#bytes.run();
  }

  /** The open connection of a slot; a new one where there is none. */
  #client(slot: Slot): Client {
    const known = this.#bySlot.get(slot);
    if (known !== undefined && !known.isOver) return known;
    const { seed } = this.#conversation;
    const random = new Random(seed, 2, this.#clients.length);
    const client = new Client({
      slot,
      openedIn: this.#observer.step,
      capacity: random.pick([17, 100, 1500, 65_536, 65_536, 1 << 20]),
      schedule: this.#bytes.schedule,
      memory: this.#memory,
      observer: this.#observer,
    });
    this.#clients.push(client);
    this.#bySlot.set(slot, client);
    this.#server?.attach(client.transport);
    return client;
  }

  /** Until nothing is left to do: bytes first, then one thing that was put off, and so on. */
  #settle(): void {
    do this.#bytes.run();
    while (this.#tasks.runOne());
  }

  /** As `#settle`, and waits for engines that use the real clock, as long as a command of theirs waits. */
  async #rest(): Promise<void> {
    const { waiting } = this.#observer;
    for (let turns = 0; ; turns++) {
      this.#settle();
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#bytes.length > 0 || this.#tasks.length > 0) continue;
      if (waiting.size === 0) return;
      if (turns >= PATIENCE_MS) break;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    // Whoever has not come by now is not waited for again.
    waiting.clear();
  }

  async #finish(hasFailed: boolean): Promise<void> {
    const observer = this.#observer;
    observer.step = this.#conversation.steps.length;
    for (const client of this.#clients) client.end();
    if (!hasFailed) await this.#rest();
    for (const client of this.#clients) client.reset();
    try {
      await this.#rest();
    } catch {
      // It failed before; there is nothing to add.
    }
    await this.#server?.stop({ graceMs: 0 });
    if (!hasFailed) observer.end();
  }
}

const plain = (bytes: Buffer): RequestPlan => ({ kind: 'bytes', bytes });

const DCP_OPEN = 0x50;

function opensDcp(request: RequestPlan): boolean {
  return request.kind === 'bytes' && request.bytes[0] === 0x80 && request.bytes[1] === DCP_OPEN;
}

/** How often a stretch is cut. */
function cuts(length: number, random: Random): number {
  const kind = random.weighted([
    [4, 'whole'],
    [4, 'few'],
    [1, 'many'],
  ] as const);
  if (kind === 'whole') return 0;
  return kind === 'few' ? random.between(1, 4) : Math.min(length, 100);
}

/** Cuts bytes at so many places, or fewer. */
function cut(bytes: Buffer, count: number, random: Random): readonly Buffer[] {
  const places = new Set([0]);
  for (let i = 0; i < count; i++) places.add(random.below(bytes.length + 1));
  const sorted = [...places, bytes.length].sort((one, other) => one - other);
  return sorted
    .slice(1)
    .map((end, at) => bytes.subarray(sorted[at], end))
    .filter((piece) => piece.length > 0);
}
