// Finds the opcodes that an engine answers beside those of the core: conversations ask for them more often.
import { EngineErrorCode, type EngineModule } from '../engine/contract.ts';
import { encodePacket } from '../protocol/packet.ts';
import type { Conversation, RequestPlan, Step } from './conversation.ts';
import { play, type SideOptions } from './side.ts';

/** Those of `opcodes` to which the engine's `unknownCommand` answers something else than ENGINE_ENOTSUP. */
export async function probe(opcodes: readonly number[], side: SideOptions): Promise<readonly number[]> {
  const steps: Step[] = [];
  for (const opcode of opcodes) {
    // One connection for each: an engine may close it.
    for (const [at, key] of ['', 'user::1'].entries())
      steps.push({ kind: 'send', slot: opcode * 2 + at, requests: [plan(opcode, key)], seed: opcode });
  }
  const conversation: Conversation = {
    run: 0,
    seed: 0,
    profile: 'couchbase',
    send: 'auto',
    injection: 0,
    steps,
  };
  const known = new Set<number>();
  await play(conversation, { ...side, module: watched(side.module, (opcode) => known.add(opcode)) });
  return [...known].sort((one, other) => one - other);
}

function plan(opcode: number, key: string): RequestPlan {
  return { kind: 'bytes', bytes: encodePacket({ opcode, opaque: opcode, key }) };
}

function watched(module: EngineModule, onKnown: (opcode: number) => void): EngineModule {
  return {
    createInstance: (version, getServerApi) => {
      const made = module.createInstance(version, getServerApi);
      if (made?.status !== EngineErrorCode.ENGINE_SUCCESS || !Object.isExtensible(made.handle)) return made;
      const { handle } = made;
      const unknownCommand = handle.unknownCommand.bind(handle);
      handle.unknownCommand = (self, cookie, request, ...rest) => {
        const code = unknownCommand(self, cookie, request, ...rest);
        if (code !== EngineErrorCode.ENGINE_ENOTSUP) onKnown(request.request.opcode);
        return code;
      };
      return made;
    },
  };
}
