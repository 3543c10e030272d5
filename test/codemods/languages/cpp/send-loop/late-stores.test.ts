// Memory that is stored to after it was added: with pointers the later bytes were sent, with a copy they would be lost.
import { describe, expect, test } from 'vitest';
import { harbour, type MovedLoop, moveLoop } from '../../../../support/send-loop-text.ts';

const moved = (work: string): Promise<MovedLoop> => moveLoop(harbour({ work }));
const textOf = ({ texts }: MovedLoop): string => texts['harbour.c'] ?? '';

const HELPER = `static void greet(ship_t *s, uint32_t kind) {
  struct manifest *front;
  clear_deck(s);
  front = (struct manifest *)s->hold;
  front->kind = htonl(kind);
  front->tick = htonll(s->tick);
  load(s, s->hold, sizeof(*front));
}
`;
const RESTART = 'static void restart(ship_t *s) { s->tick = 0; }\n';

describe('a store to memory that was added', () => {
  test('moves above the add in the same function', async () => {
    const run = await moved(`static void sail(ship_t *s) {
  load(s, &s->front, sizeof(s->front));
  s->front.tick = htonll(s->tick);
  load(s, "end", 3);
}
`);
    expect(textOf(run)).toContain(`  s->front.tick = htonll(s->tick);
  load(s, &s->front, sizeof(s->front));
  load(s, "end", 3);`);
    expect(run.settled).toEqual([
      's->front.tick is stored to after it was added: the store moves above the add',
    ]);
    expect(run.reasons).toEqual([]);
  });

  test('moves above the add when it is a copy, and the answer of the add is looked at', async () => {
    const run = await moved(`static int sail(ship_t *s, const char *name, int many) {
  char *place = s->hold + 24;
  if (load(s, place, many) != 0) return -1;
  memcpy(place, name, many);
  return 0;
}
`);
    expect(textOf(run)).toContain(
      '  memcpy(place, name, many);\n  if (load(s, place, many) != 0) return -1;\n  return 0;',
    );
    expect(run.reasons).toEqual([]);
  });

  test('is set before the helper that stores the same bytes from the connection', async () => {
    const run = await moved(`${HELPER}${RESTART}static void sail(ship_t *s, struct chart *chart) {
  struct manifest *front = (struct manifest *)s->hold;
  greet(s, 7);
  front->tick = htonll(chart->tick);
}
`);
    expect(textOf(run)).toContain('  s->tick = chart->tick;\n  greet(s, 7);\n}');
    expect(run.settled.join()).toContain('greet stores what s->tick says, which is set before the call');
    expect(run.reasons).toEqual([]);
  });

  test('is put back after the helper when somebody else reads the field', async () => {
    const run = await moved(`${HELPER}${RESTART}static void sail(ship_t *s, struct chart *chart) {
  struct manifest *front = (struct manifest *)s->hold;
  greet(s, 7);
  front->tick = htonll(chart->tick);
}
static uint64_t now(ship_t *s) { return s->tick + 1; }
`);
    expect(textOf(run)).toContain(
      '  uint64_t held_tick = s->tick;\n  s->tick = chart->tick;\n  greet(s, 7);\n  s->tick = held_tick;\n}',
    );
    expect(run.reasons).toEqual([]);
  });

  test('is given to the helper that stores what it is given', async () => {
    const run = await moved(`static void greet(ship_t *s, uint64_t tick) {
  clear_deck(s);
  s->front.tick = htonll(tick);
  load(s, &s->front, sizeof(s->front));
}
static void sail(ship_t *s, struct chart *chart) {
  greet(s, 0);
  s->front.tick = htonll(chart->tick);
}
`);
    expect(textOf(run)).toContain('  greet(s, chart->tick);\n}');
    expect(run.reasons).toEqual([]);
  });

  test('moves above a helper that leaves these bytes alone', async () => {
    const run = await moved(`static void greet(ship_t *s, uint32_t kind) {
  clear_deck(s);
  s->front.kind = htonl(kind);
  load(s, &s->front, sizeof(s->front));
}
static void sail(ship_t *s, struct chart *chart) {
  greet(s, 3);
  s->front.weight = htonl(chart->weight);
}
`);
    expect(textOf(run)).toContain('  s->front.weight = htonl(chart->weight);\n  greet(s, 3);\n}');
    expect(run.reasons).toEqual([]);
  });

  test('stays where it is when other bytes were added', async () => {
    const work = `${HELPER}static void sail(ship_t *s, const char *name) {
  struct manifest *front = (struct manifest *)s->hold;
  char *behind = s->hold + sizeof(struct manifest);
  greet(s, 7);
  memcpy(behind, name, 4);
  load(s, behind, 4);
  load(s, &front->kind, sizeof(front->kind));
  front->weight = 3;
}
`;
    const run = await moved(work.replace('greet(s, 7);', 'clear_deck(s);'));
    expect(textOf(run)).toContain('  memcpy(behind, name, 4);\n  load(s, behind, 4);\n');
    expect(textOf(run)).toContain('sizeof(front->kind));\n  front->weight = 3;');
    expect([run.settled, run.reasons]).toEqual([[], []]);
  });

  test('is nothing to anybody when what was queued is dropped first', async () => {
    const run = await moved(`static void sail(ship_t *s) {
  load(s, s->hold, 8);
  clear_deck(s);
  memcpy(s->hold, "sorry", 5);
  load(s, s->hold, 5);
}
`);
    expect([run.settled, run.reasons]).toEqual([[], []]);
  });

  test('leaves the add pointing to the memory where it depends on what came between', async () => {
    const run = await moved(`static void sail(ship_t *s, struct chart *chart) {
  load(s, s->hold, 8);
  read_chart(chart);
  memcpy(s->hold, chart->name, 8);
}
`);
    expect(textOf(run)).toContain('  evbuffer_add_reference(s->out, s->hold, 8, NULL, NULL);');
    expect(run.reasons.join()).toContain('explain store-after-add');
    const { found, edited, fine, review } = run.verdict.sites;
    expect([found, review]).toEqual([edited + fine + review, 1]);
  });

  test('is found in the next round of a loop', async () => {
    const run = await moved(`static void sail(ship_t *s, int rounds) {
  for (int i = 0; i < rounds; i++) {
    int many = sprintf(s->hold, "%d", i);
    load(s, s->hold, many);
  }
}
`);
    expect(run.reasons.join()).toContain('explain store-after-add');
    expect(textOf(run)).toContain('evbuffer_add_reference(s->out, s->hold, many, NULL, NULL)');
  });

  test('is none where every round has memory of its own, or moves past what it added', async () => {
    const run = await moved(`static void sail(ship_t *s, int rounds) {
  char *at = s->hold;
  for (int i = 0; i < rounds; i++) {
    char *note = malloc(16);
    sprintf(note, "%d", i);
    load(s, note, strlen(note));
    sprintf(at, "%d", i);
    load(s, at, strlen(at));
    at += strlen(at);
  }
}
`);
    expect([run.settled, run.reasons]).toEqual([[], []]);
  });

  test('counts in a function that is called after the add', async () => {
    const run = await moved(`static void scribble(char *page) { page[0] = 'x'; }
static void sail(ship_t *s) {
  load(s, s->hold, 8);
  scribble(s->hold);
}
`);
    expect(run.reasons.join()).toContain('explain store-after-add');
  });
});
