// What well-known C and C++ library functions do with a pointer they are given.

const STORES: Readonly<Record<string, readonly number[]>> = {
  bcopy: [1], bzero: [0], copy: [2], copy_n: [2], explicit_bzero: [0], fgets: [0], fill: [0], fill_n: [0], fread: [0],
  getrandom: [0], memccpy: [0], memcpy: [0], memmove: [0], memset: [0], mempcpy: [0], pread: [1], read: [1], recv: [1],
  recvfrom: [1], reverse: [0], snprintf: [0], sort: [0], sprintf: [0], stpcpy: [0], strcat: [0], strcpy: [0],
  strlcat: [0], strlcpy: [0], strncat: [0], strncpy: [0], strtok: [0], strtok_r: [0], swap: [0, 1], transform: [2],
  vsnprintf: [0], vsprintf: [0],
};

const READS = new Set([
  'assert', 'be16toh', 'be32toh', 'be64toh', 'copy', 'copy_n', 'equal', 'fprintf', 'fputs', 'fwrite', 'htobe16', 'htobe32',
  'htobe64', 'htonl', 'htonll', 'htons', 'memchr', 'memcmp', 'ntohl', 'ntohll', 'ntohs', 'printf', 'puts', 'pwrite', 'send',
  'sendto', 'static_assert', 'strcasecmp', 'strchr', 'strcmp', 'strlen', 'strncasecmp', 'strncmp', 'strnlen', 'strstr',
  'strtol', 'strtoul', 'syslog', 'write',
]);

/** `stores`: writes through the argument. `reads`: only looks. `unknown`: the name says nothing. */
export function libraryCall(name: string, argument: number): 'stores' | 'reads' | 'unknown' {
  const plain = name.replace(/^(?:::|std::)+/, '').replace(/<[\s\S]*$/, '');
  const stored = STORES[plain];
  if (stored !== undefined) return stored.includes(argument) ? 'stores' : 'reads';
  if (READS.has(plain) || /^(?:std::)/.test(name)) return 'reads';
  return 'unknown';
}
