// Tells from text alone whether a C or C++ file may send on the old path. Runs without the parser.

// Calls and fields of the old path, and a message header that is declared or sent; a mere iovec is read with as well.
const WORDS =
  /\b(?:addMsgHdr|addIov|pushTempAlloc|reserveItem|add_msghdr|(?:conn_)?add_iov|sendmsg|getIovUsed|shrinkBuffers)\s*\(|\bmsghdr\b|\bTransmitResult\b|(?:->|\.)\s*(?:iovused|msgused|msgcurr)\b/;

/** A predicate on a file's text: it says a word of the old send path outside of comments. */
export function mentionsSends(): (text: string) => boolean {
  return (text) => WORDS.test(text) && WORDS.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' '));
}
