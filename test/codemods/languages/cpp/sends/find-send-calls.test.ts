import { describe, expect, test } from 'vitest';
import { moveSends } from '../../../../support/cpp-sends.ts';

const STREAM = `class Ship {
public:
    void copyToOutputStream(std::string_view data);
};
`;

describe('what is sent with', () => {
  const answer =
    'void answer(Ship& ship, const char* p, size_t n) {\n    ship.addMsgHdr(true);\n    ship.addIov(p, n);\n}\n';

  test('is the stream of the contract that was named', async () => {
    const { texts, reviews } = await moveSends({ 'a.cc': answer }, STREAM);
    expect(texts['a.cc']).toBe(
      'void answer(Ship& ship, const char* p, size_t n) {\n    ship.copyToOutputStream({p, n});\n}\n',
    );
    expect(reviews).toEqual([]);
  });

  test('takes a pointer and a length where the contract does', async () => {
    const { texts } = await moveSends(
      { 'a.cc': answer },
      'class Ship { public: void copyToOutputStream(const void* data, size_t size); };',
    );
    expect(texts['a.cc']).toContain('ship.copyToOutputStream(p, n);');
  });

  test('takes bytes where the contract does', async () => {
    const { texts } = await moveSends(
      { 'a.cc': answer },
      'class Ship { public: void copyToOutputStream(cb::const_byte_buffer data); };',
    );
    expect(texts['a.cc']).toContain('ship.copyToOutputStream({reinterpret_cast<const uint8_t*>(p), n});');
  });

  test('is its own addIov in a tree whose connection has nothing else', async () => {
    const header =
      'class Ship {\npublic:\n    void addMsgHdr(bool reset);\n    void addIov(const void* p, size_t n);\n    std::vector<iovec> iov;\n};\n';
    const { texts, reviews } = await moveSends({ 'a.cc': answer, 'ship.h': header });
    expect(texts['a.cc']).toBe(
      'void answer(Ship& ship, const char* p, size_t n) {\n    ship.addIov(p, n);\n}\n',
    );
    expect(texts['ship.h']).toBe(header);
    // The members are a person's to rewrite.
    expect(reviews).toEqual(['ship.h:5 own-send-path']);
  });

  test("is kv_engine's stream of today where the connection is not to be seen", async () => {
    const { texts } = await moveSends({ 'a.cc': answer });
    expect(texts['a.cc']).toContain('ship.copyToOutputStream({p, n});');
  });

  test("is for C only what gives libevent's buffer", async () => {
    const text = 'int answer(ship *s) {\n    return add_iov(s, "AHOY", 4);\n}\n';
    const none = await moveSends({ 'a.c': text });
    expect([none.texts['a.c'], none.reviews]).toEqual([text, ['a.c:2 no-send-target']]);
    const some = await moveSends({ 'a.c': text, 'ship.h': 'struct evbuffer *ship_output(ship *s);\n' });
    expect(some.texts['a.c']).toContain('return evbuffer_add(ship_output(s), "AHOY", 4);');
  });

  test('prefers a function to a field, and the buffer to the bufferevent', async () => {
    const to =
      'struct ship { struct bufferevent *bev; };\nstruct bufferevent *ship_event(struct ship *s);\nstruct evbuffer *ship_output(struct ship *s);\n';
    const { texts } = await moveSends(
      { 'a.c': 'void f(struct ship *s) {\n    add_iov(s, "A", 1);\n}\n' },
      to,
    );
    expect(texts['a.c']).toContain('evbuffer_add(ship_output(s), "A", 1);');
  });

  test("does not mistake libevent's own functions for those of a connection", async () => {
    const to =
      'struct evbuffer *bufferevent_get_output(struct bufferevent *bev);\nstruct evbuffer *ship_output(struct ship *s);\n';
    const { texts } = await moveSends(
      { 'a.c': 'void f(struct ship *s) {\n    add_iov(s, "A", 1);\n}\n' },
      to,
    );
    expect(texts['a.c']).toContain('evbuffer_add(ship_output(s), "A", 1);');
  });
});

describe('sendmsg', () => {
  const contract = 'struct evbuffer *ship_output(struct ship *s);\n';
  const message = (
    fd: string,
    before = '',
  ): string => `int send_log(struct ship *s, struct iovec *more, int n, int log) {
    struct iovec iov[1] = {{"AHOY", 4}};
${before}    struct msghdr msg = {0};
    msg.msg_iov = iov;
    msg.msg_iovlen = 1;
    return sendmsg(${fd}, &msg, 0) < 0 ? -1 : 0;
}
`;

  test("on the descriptor of a connection is the connection's", async () => {
    const { texts } = await moveSends({ 'a.c': message('s->sfd') }, contract);
    expect(texts['a.c']).toContain('return evbuffer_add_iovec(ship_output(s), iov, 1) == 0 ? -1 : 0;');
    expect(texts['a.c']).not.toContain('msghdr');
  });

  test('on a local that was set to that descriptor is, too', async () => {
    const { texts } = await moveSends({ 'a.c': message('fd', '    int fd = s->sfd;\n') }, contract);
    expect(texts['a.c']).toContain('evbuffer_add_iovec(ship_output(s), iov, 1) == 0');
  });

  test('is for review where a message of no bytes would look like a failure', async () => {
    const text = message('s->sfd').replaceAll('iov;', 'more;').replace('msg_iovlen = 1', 'msg_iovlen = n');
    const { texts, reviews } = await moveSends({ 'a.c': text }, contract);
    expect([texts['a.c'], reviews]).toEqual([text, ['a.c:6 unknown-flow']]);
  });

  test('is for review beside what is queued before it, or written past it', async () => {
    const queued = message('s->sfd', '    add_iov(s, "FIRST", 5);\n');
    const written = message('s->sfd', '    write(s->sfd, "FIRST", 5);\n');
    expect((await moveSends({ 'a.c': queued }, contract)).reviews).toEqual(['a.c:7 work-between-sends']);
    expect((await moveSends({ 'a.c': written }, contract)).reviews).toEqual(['a.c:3 work-between-sends']);
  });

  test.each(['log', 'netlink.sock', 'fds[0]'])("on %s is somebody else's", async (fd) => {
    const text = message(fd);
    const { texts, reviews, sites } = await moveSends({ 'a.c': text }, contract);
    expect([texts['a.c'], reviews, sites.found]).toEqual([text, [], 0]);
  });
});

describe('groups', () => {
  test('a hazard holds back its own function and its helpers, and no other', async () => {
    const text = `static char head[4];
static void add_head(Ship& ship) {
    ship.addIov(head, 4);
}
void patched(Ship& ship) {
    add_head(ship);
    if (ship.ready()) head[1] = 2;
}
void plain(Ship& ship) {
    ship.addIov("AHOY", 4);
}
`;
    const { texts, reviews } = await moveSends({ 'a.cc': text }, STREAM);
    expect(reviews).toEqual(['a.cc:7 store-after-add']);
    expect(texts['a.cc']).toContain('ship.addIov(head, 4);');
    expect(texts['a.cc']).toContain('ship.copyToOutputStream({"AHOY", 4});');
  });

  test('sites add up', async () => {
    const text =
      'void f(Ship& s) {\n    s.addMsgHdr(true);\n    s.addIov("A", 1);\n    s.addMsgHdr(true);\n}\nvoid g(Ship& s) {\n    s.addIov("B", 1);\n}\n';
    const { sites, reviews } = await moveSends({ 'a.cc': text }, STREAM);
    expect(sites).toEqual({ found: 4, edited: 1, fine: 0, review: 3 });
    expect(reviews).toEqual(['a.cc:4 queue-then-discard']);
  });
});

describe('what is odd about a call', () => {
  test.each([
    ['another number of arguments', 'ship.addIov("AHOY", 4, true);'],
    ['a receiver that does something', 'fleet.next().addMsgHdr(true);'],
    ['a method that is taken as a value', 'auto add = &Ship::addIov;'],
    ['an answer that is used', 'bool ok = ship.addIov("AHOY", 4);'],
  ])('%s holds back the function', async (_, statement) => {
    const text = `void answer(Ship& ship, Fleet& fleet) {\n    ship.addMsgHdr(true);\n    ${statement}\n    ship.addIov("AYE", 3);\n}\n`;
    const { texts, reviews } = await moveSends({ 'a.cc': text }, STREAM);
    expect(texts['a.cc']).toBe(text);
    expect(reviews).toHaveLength(1);
    expect(reviews[0]).toMatch(/^a\.cc:3 (?:unknown-flow|buffer-copy-send)$/);
  });

  test('a function that does not parse is said, too', async () => {
    const text = 'int answer(s)\n    struct ship *s;\n{\n    return add_iov(s, "A", 1);\n}\n';
    const { reviews } = await moveSends({ 'a.c': text }, 'struct evbuffer *ship_output(struct ship *s);\n');
    expect(reviews).toEqual(['a.c:4 unknown-flow']);
  });
});
