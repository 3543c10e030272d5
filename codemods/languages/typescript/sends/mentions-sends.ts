// Tells from text alone whether a TypeScript file may send on the old path. Parses nothing.

const OLD_CONTRACT = /['"]kv-engine-migrate\/engine\/v1['"]/;
const WORDS =
  /\b(?:addMsgHdr|addIov|pushTempAlloc|reserveItem|TransmitResult|transmit|sendmsg|msgIov|Msghdr|Iovec)\b/;

/** A predicate on a file's text: it imports the old contract, or says a word of its send path. */
export function mentionsSends(): (text: string) => boolean {
  return (text) => OLD_CONTRACT.test(text) || WORDS.test(text);
}
