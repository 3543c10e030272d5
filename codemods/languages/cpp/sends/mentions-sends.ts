// Tells from text alone whether a C or C++ file may send on the old path. Runs without the parser.

const WORDS =
  /\b(?:addMsgHdr|addIov|pushTempAlloc|reserveItem|add_msghdr|(?:conn_)?add_iov|sendmsg|msghdr|iovec|TransmitResult|iovused|msgused)\b/;

/** A predicate on a file's text: it says a word of the old send path. */
export function mentionsSends(): (text: string) => boolean {
  return (text) => WORDS.test(text);
}
