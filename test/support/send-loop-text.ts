// A small server in C that owns its sendmsg loop, in pieces that tests change, and its move to an evbuffer in memory.
import { bufferCopySend } from '../../codemods/buffer-copy-send.ts';
import type { Verdict } from '../../codemods/facts/codemod.ts';
import { cpp } from '../../codemods/languages/cpp/index.ts';
import { applyEdits } from '../../codemods/runner/text-edits.ts';
import { contractText, TAPE_CONTRACT } from './cpp-program.ts';
import { sourcesInMemory } from './sources-in-memory.ts';

/** What a test changes of the harbour server. */
export interface HarbourParts {
  /** Headers and constants; libevent by default. */
  readonly head?: string;
  /** More members of the ship. */
  readonly members?: string;
  /** In the function that begins a crate, before it counts and before it returns. */
  readonly address?: string;
  readonly header?: string;
  /** The third argument of sendmsg. */
  readonly flags?: string;
  /** Functions that load crates. */
  readonly work?: string;
}

/** The server's text: `load` adds memory, `next_crate` begins a message, `cast_off` sends. */
export function harbour(parts: HarbourParts = {}): string {
  return `${parts.head ?? '#include <event.h>\n'}#include <sys/socket.h>
#define ROPES_AT_FIRST 8
#define CRATES_AT_FIRST 2
#define KNOTS 12
typedef struct ship ship_t;
struct manifest { uint32_t kind; uint32_t weight; uint64_t tick; };
struct ship {
  int gangway;
  char *hold; int hold_room;
  uint64_t tick;
  struct event tide;
  struct manifest front;
  struct iovec *ropes;
  int rope_room, ropes_used; /* how many ropes there are */
  struct msghdr *crates; /* what goes */
  int crate_room;
  int crates_used;
  int crate_now;
  int crate_bytes;
${parts.members ?? ''}};
static int load(ship_t *, const void *, int);
static int next_crate(ship_t *);
/* Begins a crate. */
static int next_crate(ship_t *s) {
  struct msghdr *crate;
  if (s->crate_room == s->crates_used) {
    crate = realloc(s->crates, s->crate_room * 2 * sizeof(struct msghdr));
    if (!crate) return -1;
    s->crates = crate;
    s->crate_room *= 2;
  }
  crate = s->crates + s->crates_used;
  memset(crate, 0, sizeof(*crate));
  crate->msg_iov = &s->ropes[s->ropes_used];
${parts.address ?? ''}  s->crate_bytes = 0;
  s->crates_used++;
${parts.header ?? ''}  return 0;
}
static int more_ropes(ship_t *s) {
  if (s->ropes_used >= s->rope_room) {
    int i, first;
    struct iovec *ropes = realloc(s->ropes, s->rope_room * 2 * sizeof(*ropes));
    if (!ropes) { ropes_missing++; return -1; }
    s->ropes = ropes;
    s->rope_room *= 2;
    for (i = 0, first = 0; i < s->crates_used; i++) {
      s->crates[i].msg_iov = &s->ropes[first];
      first += s->crates[i].msg_iovlen;
    }
  }
  return 0;
}
static int load(ship_t *s, const void *goods, int weight) {
  struct msghdr *crate = &s->crates[s->crates_used - 1];
  if (weight == 0) return 0;
  if (crate->msg_iovlen == IOV_MAX) {
    if (next_crate(s) != 0) return -1;
  }
  if (more_ropes(s) != 0) return -1;
  crate = &s->crates[s->crates_used - 1];
  crate->msg_iov[crate->msg_iovlen].iov_base = (void *)goods;
  crate->msg_iov[crate->msg_iovlen].iov_len = weight;
  crate->msg_iovlen++;
  s->crate_bytes += weight;
  s->ropes_used++;
  return 0;
}
static enum voyage cast_off(ship_t *s) {
  if (s->crate_now < s->crates_used && s->crates[s->crate_now].msg_iovlen == 0) s->crate_now++;
  if (s->crate_now < s->crates_used) {
    struct msghdr *crate = &s->crates[s->crate_now];
    ssize_t gone = sendmsg(s->gangway, crate, ${parts.flags ?? '0'});
    if (gone > 0) {
      bytes_shipped += gone;
      while (crate->msg_iovlen > 0 && gone >= crate->msg_iov->iov_len) {
        gone -= crate->msg_iov->iov_len;
        crate->msg_iovlen--;
        crate->msg_iov++;
      }
      if (gone > 0) {
        crate->msg_iov->iov_base = (char *)crate->msg_iov->iov_base + gone;
        crate->msg_iov->iov_len -= gone;
      }
      return UNDER_WAY;
    }
    if (gone == -1 && errno == EAGAIN) return BECALMED;
    return WRECKED;
  }
  return ARRIVED;
}
static void clear_deck(ship_t *s) {
  s->crate_now = 0;
  s->crates_used = 0;
  s->ropes_used = 0;
  if (next_crate(s) != 0) abort();
}
static ship_t *launch(int gangway) {
  ship_t *s = calloc(1, sizeof(ship_t));
  s->gangway = gangway;
  s->rope_room = ROPES_AT_FIRST;
  s->crate_room = CRATES_AT_FIRST;
  s->ropes = malloc(sizeof(struct iovec) * s->rope_room);
  s->crates = malloc(sizeof(struct msghdr) * s->crate_room);
  s->hold_room = KNOTS;
  if (s->ropes == NULL || s->hold == NULL || s->crates == NULL) return NULL;
  return s;
}
static void scrap(ship_t *s) {
  free(s->ropes);
  if (s->crates)
    free(s->crates);
  free(s);
}
${parts.work ?? ''}`;
}

/** What came of a move. */
export interface MovedLoop {
  readonly texts: Readonly<Record<string, string>>;
  readonly verdict: Verdict;
  /** Why what is left for review was left, in order. */
  readonly reasons: readonly string[];
  /** What the codemod said of the stores that it moved. */
  readonly settled: readonly string[];
}

/** Moves the loops of some texts. A text alone is called `harbour.c`. */
export async function moveLoop(input: string | Readonly<Record<string, string>>): Promise<MovedLoop> {
  const before = typeof input === 'string' ? { 'harbour.c': input } : input;
  const target = [contractText(TAPE_CONTRACT)];
  const contract = await cpp.readContract(target);
  const sources = sourcesInMemory(before);
  const senders = sources.files.filter((file) => cpp.mentionsSends(target)(before[file] ?? ''));
  const program = await cpp.open(sources, contract, [], { senders });
  const verdict = bufferCopySend.decide({ program, language: cpp, contract, isNamed: true, changes: [] });
  const edits = verdict.findings.flatMap((finding) => finding.edits);
  const texts = Object.fromEntries(
    Object.entries(before).map(([file, text]) => {
      const own = edits.filter((edit) => edit.file === file);
      const result = applyEdits(text, own);
      if ('overlap' in result)
        throw new Error(
          `edits overlap: ${result.overlap.map((each) => text.slice(each.start, each.end)).join(' | ')}`,
        );
      return [file, result.text];
    }),
  );
  return {
    texts,
    verdict,
    reasons: verdict.findings.flatMap(({ reason }) => (reason === undefined ? [] : [reason])),
    settled: verdict.findings.flatMap(({ related }) => related.map(({ message }) => message)),
  };
}
