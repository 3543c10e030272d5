// Random choices that are the same in every run.

/** Answers whole numbers below `limit`, from a seed (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const nouns =
  'audit backlog batch bucket cache chunk clock cluster config counter cursor deadline digest entry filter flow gauge hash histogram index journal key ledger limit list lock log manifest map meter monitor node offset page partition peer policy pool port probe quota range record region replica ring route sample schedule segment session shard slice span stat store stripe table tenant tick timer token topology trace tree user value view volume window worker'.split(
    ' ',
  );
const verbs =
  'add adjust append apply archive arm attach balance bound clamp clear collect combine compact count create detach drain drop evict expire extend fetch fill find fold grow insert join keep latch load mark measure merge move note pack pin prune push rank read rebuild reduce refresh rename replace reset resize resolve rotate route seal select shift shrink sort split start stop sum swap take track trim update visit wake weigh'.split(
    ' ',
  );

/** Names for generated code, none of which is a word of an engine contract. */
export function namer(pick) {
  return {
    noun: () => nouns[pick(nouns.length)],
    verb: () => verbs[pick(verbs.length)],
  };
}

/** `first`, `second` -> `firstSecond`. */
export const camel = (...words) =>
  words.map((word, index) => (index === 0 ? word : word[0].toUpperCase() + word.slice(1))).join('');

/** `first`, `second` -> `FirstSecond`. */
export const pascal = (...words) => camel('', ...words);
