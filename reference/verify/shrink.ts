// Makes a conversation shorter as long as it still shows a difference. Bounded: a short one soon, not the shortest.
import type { Conversation, Step } from './conversation.ts';

/** How often a conversation is played again at most. */
const MAX_REPLAYS = 150;

/** The shortest conversation found for which `differs` still holds. */
export async function shrink(
  conversation: Conversation,
  differs: (candidate: Conversation) => Promise<boolean>,
): Promise<Conversation> {
  let left = MAX_REPLAYS;
  const holds = async (steps: readonly Step[]): Promise<boolean> => {
    left -= 1;
    return await differs({ ...conversation, steps });
  };
  let { steps } = conversation;
  steps = await shorter(steps, holds, () => left > 0);
  // Then within the steps.
  for (let at = 0; at < steps.length && left > 0; at++) {
    const step = steps[at] as Step;
    if (step.kind !== 'send' || step.requests.length < 2) continue;
    const others = steps;
    const requests = await shorter(
      step.requests,
      (fewer) => holds(others.with(at, { ...step, requests: fewer })),
      () => left > 0,
    );
    steps = steps.with(at, { ...step, requests });
  }
  return { ...conversation, steps };
}

/** Leaves out stretches, long ones first, as long as what is left still holds. */
async function shorter<T>(
  list: readonly T[],
  holds: (fewer: readonly T[]) => Promise<boolean>,
  goesOn: () => boolean,
): Promise<readonly T[]> {
  let kept = list;
  for (
    let size = Math.ceil(kept.length / 2);
    size >= 1 && goesOn();
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    // From the end: what comes after the difference goes first.
    for (let end = kept.length; end > 0 && goesOn(); end -= size) {
      const fewer = [...kept.slice(0, Math.max(0, end - size)), ...kept.slice(end)];
      if (fewer.length > 0 && fewer.length < kept.length && (await holds(fewer))) kept = fewer;
    }
  }
  return kept;
}
