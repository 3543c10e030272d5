// What well-known C and C++ library functions do with a pointer they are given.

/**
 * `stores`: writes through the pointer. `exchanges`: writes to the object that it is given by reference. `points`: returns a
 * pointer or iterator into it. `forwards`: returns it. `keeps`: holds a copy of the pointer. `binds`: holds a reference.
 */
export type LibraryUse = 'stores' | 'exchanges' | 'points' | 'forwards' | 'keeps' | 'binds' | 'reads';

const STORES: Readonly<Record<string, readonly number[]>> = {
  bcopy: [1],
  bzero: [0],
  copy: [2],
  copy_backward: [2],
  copy_if: [2],
  copy_n: [2],
  explicit_bzero: [0],
  fgets: [0],
  fill: [0, 1],
  fill_n: [0],
  fread: [0],
  generate: [0, 1],
  generate_n: [0],
  getrandom: [0],
  iota: [0, 1],
  memccpy: [0],
  memcpy: [0],
  memmove: [0],
  mempcpy: [0],
  memset: [0],
  memset_s: [0],
  nth_element: [0, 1, 2],
  partial_sort: [0, 1, 2],
  pread: [1],
  qsort: [0],
  read: [1],
  recv: [1],
  recvfrom: [1],
  remove_if: [0, 1],
  replace: [0, 1],
  replace_if: [0, 1],
  reverse: [0, 1],
  rotate: [0, 1, 2],
  shuffle: [0, 1],
  snprintf: [0],
  sort: [0, 1],
  sprintf: [0],
  stable_sort: [0, 1],
  stpcpy: [0],
  strcat: [0],
  strcpy: [0],
  strlcat: [0],
  strlcpy: [0],
  strncat: [0],
  strncpy: [0],
  strtok: [0],
  strtok_r: [0],
  swap_ranges: [0, 1, 2],
  transform: [2, 3],
  vsnprintf: [0],
  vsprintf: [0],
};
const EXCHANGES: Readonly<Record<string, readonly number[]>> = { exchange: [0], swap: [0, 1] };

const READS = new Set([
  'assert',
  'atof',
  'atoi',
  'atol',
  'be16toh',
  'be32toh',
  'be64toh',
  'equal',
  'fprintf',
  'fputs',
  'fwrite',
  'htobe16',
  'htobe32',
  'htobe64',
  'htonl',
  'htonll',
  'htons',
  'memcmp',
  'ntohl',
  'ntohll',
  'ntohs',
  'printf',
  'puts',
  'pwrite',
  'send',
  'sendto',
  'static_assert',
  'strcasecmp',
  'strcmp',
  'strcspn',
  'strdup',
  'strlen',
  'strncasecmp',
  'strncmp',
  'strndup',
  'strnlen',
  'strspn',
  'strtol',
  'strtoul',
  'strtoull',
  'syslog',
  'write',
]);
const POINTS = new Set([
  'memchr',
  'memmem',
  'memrchr',
  'strcasestr',
  'strchr',
  'strpbrk',
  'strrchr',
  'strstr',
]);
// Names that say something with `std::` in front only.
const STD_POINTS = new Set([
  'addressof',
  'adjacent_find',
  'begin',
  'data',
  'end',
  'find',
  'find_end',
  'find_first_of',
  'find_if',
  'find_if_not',
  'lower_bound',
  'make_reverse_iterator',
  'max_element',
  'min_element',
  'next',
  'partition_point',
  'prev',
  'rbegin',
  'rend',
  'search',
  'to_address',
  'upper_bound',
]);
const STD_FORWARDS = new Set(['clamp', 'forward', 'launder', 'max', 'min', 'move']);
const STD_KEEPS = new Set([
  'async',
  'function',
  'make_pair',
  'make_shared',
  'make_tuple',
  'make_unique',
  'thread',
]);
const STD_BINDS = new Set(['bind', 'for_each', 'for_each_n', 'forward_as_tuple', 'ref', 'tie']);

/** What the function does with that argument; `unknown` when the name says nothing. */
export function libraryCall(name: string, argument: number): LibraryUse | 'unknown' {
  const plain = name.replace(/^(?:::|std::)+/, '').replace(/<[\s\S]*$/, '');
  const stored = Object.hasOwn(STORES, plain) ? STORES[plain] : undefined;
  if (stored !== undefined) return stored.includes(argument) ? 'stores' : 'reads';
  const exchanged = Object.hasOwn(EXCHANGES, plain) ? EXCHANGES[plain] : undefined;
  if (exchanged !== undefined) return exchanged.includes(argument) ? 'exchanges' : 'reads';
  if (POINTS.has(plain)) return argument === 0 ? 'points' : 'reads';
  if (READS.has(plain)) return 'reads';
  if (!/^(?:::)?std::/.test(name)) return 'unknown';
  if (STD_POINTS.has(plain)) return 'points';
  if (STD_FORWARDS.has(plain)) return 'forwards';
  if (STD_KEEPS.has(plain)) return 'keeps';
  return STD_BINDS.has(plain) ? 'binds' : 'reads';
}
