// Many small ways to send a response on the old path, right ones and dangerous ones: the bodies of one function each,
// around which an engine is built. For tests that ask of a migration that it refuses, or changes nothing for clients.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const HAZARDS = join(import.meta.dirname, '../../fixtures/hazards');

/** Bodies of `answer(connection, request, response, cookie)`; `giveBack`, `stationery` and `server` are around it. */
const bodies: Readonly<Record<string, string>> = {
  'parts of an array that is mapped': `
    const key = latin1(keyOf(request));
    const parts = [headOf(request, key.length), key];
    const sent = connection.sendmsg({ msgIov: parts.map((iovBase) => ({ iovBase, iovLen: iovBase.length })) });
    if (sent < 0) return EngineErrorCode.ENGINE_DISCONNECT;
`,
  'parts that are spread into an array': `
    const key = latin1(keyOf(request));
    const iov: Iovec[] = [];
    iov.push(...[headOf(request, key.length), key].map((iovBase) => ({ iovBase, iovLen: iovBase.length })));
    const message: Msghdr = { msgIov: iov };
    if (connection.sendmsg(message) === -1) return EngineErrorCode.ENGINE_DISCONNECT;
`,
  'a header in an array that is patched': `
    const key = latin1(keyOf(request));
    const head = headOf(request, 0);
    const iov = [{ iovBase: head, iovLen: head.length }];
    iov.push({ iovBase: key, iovLen: key.length });
    new DataView(head.buffer).setUint32(8, iov.reduce((sum, { iovLen }) => sum + iovLen, -24));
    if (connection.sendmsg({ msgIov: iov }) < 0) return EngineErrorCode.ENGINE_DISCONNECT;
`,
  'an element of an array that is changed': `
    const key = latin1(keyOf(request));
    const head = headOf(request, Math.min(3, key.length));
    const part = { iovBase: key, iovLen: key.length };
    const iov = [{ iovBase: head, iovLen: head.length }, part];
    part.iovLen = Math.min(3, key.length);
    if (connection.sendmsg({ msgIov: iov }) < 0) return EngineErrorCode.ENGINE_DISCONNECT;
`,
  'two messages with a transmit between': `
    const key = latin1(keyOf(request));
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, key.length));
    connection.addIov(key);
    while (connection.transmit() === TransmitResult.Incomplete);
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, 0));
`,
  'a switch over the transmit itself': `
    const key = latin1(keyOf(request));
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, key.length));
    connection.addIov(key);
    switch (connection.transmit()) {
      case TransmitResult.HardError:
        return EngineErrorCode.ENGINE_DISCONNECT;
      case TransmitResult.Incomplete:
        connection.transmit();
        break;
      default:
    }
`,
  'a for loop around transmit': `
    const key = latin1(keyOf(request));
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, key.length));
    connection.addIov(key);
    for (let result = connection.transmit(); result !== TransmitResult.Complete; result = connection.transmit()) {
      if (result === TransmitResult.HardError) return EngineErrorCode.ENGINE_DISCONNECT;
      if (result === TransmitResult.SoftError) break;
    }
`,
  'names taken out of TransmitResult': `
    const key = latin1(keyOf(request));
    const { HardError, Incomplete } = TransmitResult;
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, key.length));
    connection.addIov(key);
    let result = connection.transmit();
    while (result === Incomplete) result = connection.transmit();
    if (result === HardError) return EngineErrorCode.ENGINE_DISCONNECT;
`,
  'a helper that answers how far it came': `
    const key = latin1(keyOf(request));
    const push = (): boolean => {
      let result = connection.transmit();
      while (result === TransmitResult.Incomplete) result = connection.transmit();
      return result !== TransmitResult.HardError;
    };
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, key.length));
    connection.addIov(key);
    if (!push()) return EngineErrorCode.ENGINE_DISCONNECT;
`,
  'a method that is bound': `
    const key = latin1(keyOf(request));
    const add = connection.addIov.bind(connection);
    connection.addMsgHdr(true);
    add(headOf(request, key.length));
    add(key);
`,
  'a method that is handed on': `
    const key = latin1(keyOf(request));
    connection.addMsgHdr(true);
    [headOf(request, key.length), key].forEach((part) => connection.addIov(part));
`,
  'a method by its name in brackets': `
    const key = latin1(keyOf(request));
    connection['addMsgHdr'](true);
    connection['addIov'](headOf(request, key.length));
    connection['addIov'](key);
`,
  'a buffer of which a part is added': `
    const key = latin1(keyOf(request));
    const buffer = new Uint8Array(64);
    buffer.set(key.subarray(0, 64));
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, key.length));
    if (!connection.pushTempAlloc(buffer)) return EngineErrorCode.ENGINE_ENOMEM;
    connection.addIov(buffer.subarray(0, key.length));
`,
  'an item that is kept before its parts': `
    const sheet = stationery.write(keyOf(request));
    const [front, back] = [sheet.text.subarray(0, 2), sheet.text.subarray(2)];
    if (!connection.reserveItem(sheet)) {
      giveBack(sheet);
      return EngineErrorCode.ENGINE_ENOMEM;
    }
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, sheet.length));
    connection.addIov(front);
    connection.addIov(back);
`,
  'an item that is kept after it was added': `
    const sheet = stationery.write(keyOf(request));
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, sheet.length));
    connection.addIov(sheet.text);
    if (!connection.reserveItem(sheet)) {
      giveBack(sheet);
      return EngineErrorCode.ENGINE_ENOMEM;
    }
`,
  'items that are all kept before the first is added': `
    const sheets = keyOf(request)
      .split('::')
      .map((word) => stationery.write(word));
    for (const sheet of sheets) if (!connection.reserveItem(sheet)) giveBack(sheet);
    connection.addMsgHdr(true);
    connection.addIov(
      headOf(
        request,
        sheets.reduce((sum, { length }) => sum + length, 0),
      ),
    );
    for (const sheet of sheets) connection.addIov(sheet.text);
`,
  'an item that is kept where it is long': `
    const sheet = stationery.write(keyOf(request));
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, sheet.length));
    if (sheet.length > 5) {
      if (!connection.reserveItem(sheet)) {
        giveBack(sheet);
        return EngineErrorCode.ENGINE_ENOMEM;
      }
      connection.addIov(sheet.text);
    } else {
      connection.addIov(sheet.text.slice());
      giveBack(sheet);
    }
`,
  'an item whose memory is taken again at once': `
    const sheet = stationery.write(keyOf(request));
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, sheet.length + 5));
    if (!connection.reserveItem(sheet)) {
      giveBack(sheet);
      return EngineErrorCode.ENGINE_ENOMEM;
    }
    connection.addIov(sheet.text);
    const next = stationery.write('next:');
    connection.addIov(next.text.slice());
    giveBack(next);
`,
  'an item that is read after it was added': `
    const sheet = stationery.write(keyOf(request));
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, sheet.length + 1));
    if (!connection.reserveItem(sheet)) {
      giveBack(sheet);
      return EngineErrorCode.ENGINE_ENOMEM;
    }
    connection.addIov(sheet.text);
    connection.addIov(sheet.memory.slice(0, 1));
`,
  'a sendmsg that overtakes what is queued': `
    const key = latin1(keyOf(request));
    connection.addMsgHdr(true);
    connection.addIov(key);
    const head = headOf(request, key.length);
    if (connection.sendmsg({ msgIov: [{ iovBase: head, iovLen: head.length }] }) < 0)
      return EngineErrorCode.ENGINE_DISCONNECT;
`,
  'a response of the core that takes the place': `
    const key = latin1(keyOf(request));
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, key.length));
    connection.addIov(key);
    const none = new Uint8Array(0);
    if (key.length > 5) response(none, none, latin1('too long'), 0, 4, 0n, cookie);
`,
  'an answer of transmit on the wire': `
    const key = latin1(keyOf(request));
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, key.length + 4));
    connection.addIov(key);
    let result = connection.transmit();
    while (result === TransmitResult.Incomplete) result = connection.transmit();
    connection.addIov(latin1(result === TransmitResult.Complete ? 'done' : 'soon'));
`,
  'an error in a loop that adds': `
    const key = latin1(keyOf(request));
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, key.length));
    for (const letter of key) {
      if (letter === 0x78) return EngineErrorCode.ENGINE_EINVAL;
      connection.addIov(Uint8Array.of(letter));
    }
`,
  'an exception after something was queued': `
    const key = latin1(keyOf(request));
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, key.length));
    if (key.length > 8) throw new Error('That is too long.');
    connection.addIov(key);
`,
  'a wait after something was queued': `
    const key = latin1(keyOf(request));
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, key.length));
    connection.addIov(key);
    if (stationery.out === 0) {
      stationery.write('asked once');
      server.cookie.notifyIoComplete(cookie, EngineErrorCode.ENGINE_SUCCESS);
      return EngineErrorCode.ENGINE_EWOULDBLOCK;
    }
`,
  'a store by a helper after the add': `
    const key = latin1(keyOf(request));
    const head = headOf(request, 0);
    const finish = (packet: Uint8Array): void => {
      packet[11] = key.length;
    };
    connection.addMsgHdr(true);
    connection.addIov(head);
    connection.addIov(key);
    finish(head);
`,
  'a store through a view in an object after the add': `
    const key = latin1(keyOf(request));
    const head = headOf(request, 0);
    const packet = { head, fields: new DataView(head.buffer) };
    connection.addMsgHdr(true);
    connection.addIov(packet.head);
    connection.addIov(key);
    packet.fields.setUint32(8, key.length);
`,
  'a buffer that is filled after it was kept and added': `
    const key = latin1(keyOf(request));
    const text = new Uint8Array(8);
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, 8));
    if (!connection.pushTempAlloc(text)) return EngineErrorCode.ENGINE_ENOMEM;
    connection.addIov(text);
    text.set(key.subarray(0, 8));
`,
  'one buffer twice, changed at the end': `
    const key = latin1(keyOf(request));
    const text = new Uint8Array(8);
    text.set(key.subarray(0, 8));
    connection.addMsgHdr(true);
    connection.addIov(headOf(request, 16));
    connection.addIov(text);
    connection.addIov(text);
    text.fill(0x2a, 0, 2);
`,
  'a store that can move above the add': `
    const key = latin1(keyOf(request));
    const head = headOf(request, 0);
    connection.addMsgHdr(true);
    connection.addIov(head);
    head[11] = key.length;
    connection.addIov(key);
`,
  'a store into a part that was sent': `
    const key = latin1(keyOf(request));
    const head = headOf(request, key.length);
    connection.addMsgHdr(true);
    connection.addIov(head);
    connection.addIov(key);
    while (connection.transmit() === TransmitResult.Incomplete);
    const again = head.slice();
    again[11] = 0;
    connection.addIov(again);
`,
  'a reset where nothing is queued': `
    const key = latin1(keyOf(request));
    const wants = key.length > 5;
    if (wants) {
      connection.addMsgHdr(true);
      connection.addIov(headOf(request, 0));
    } else {
      connection.addMsgHdr(true);
      connection.addIov(headOf(request, key.length));
      connection.addIov(key);
    }
`,
  'a reset in every turn of a loop': `
    const key = latin1(keyOf(request));
    for (const [at, letter] of key.entries()) {
      connection.addMsgHdr(at % 2 === 0);
      connection.addIov(headOf(request, 1));
      connection.addIov(Uint8Array.of(letter));
    }
`,
  'a count of bytes that sendmsg took, logged only': `
    const key = latin1(keyOf(request));
    const head = headOf(request, key.length);
    const sent = connection.sendmsg({
      msgIov: [
        { iovBase: head, iovLen: head.length },
        { iovBase: key, iovLen: key.length },
      ],
    });
    server.log.log(1, cookie, \`sent \${sent}\`);
`,
};

/** Their names. */
export const sendVariants: readonly string[] = Object.keys(bodies);

/** The folder of the engine that answers 0xe0 in one of these ways. */
export function folderOf(name: string): string {
  return name.replaceAll(/[^a-z]+/gi, '-').toLowerCase();
}

/** Their files, by path: an engine in a folder each, in one source file. */
export function variantEngines(): Readonly<Record<string, string>> {
  const shared = ['packet', 'sheets', 'slots'].map((name) =>
    readFileSync(join(HAZARDS, 'src', `${name}.ts`), 'utf8').replaceAll(/^import .*\n/gm, ''),
  );
  const manifest = readFileSync(join(HAZARDS, 'package.json'), 'utf8');
  // As deep as the engines of fixtures/engines.
  const project = readFileSync(join(HAZARDS, '../engines/report-engine/tsconfig.json'), 'utf8');
  const files: Record<string, string> = {};
  for (const [name, body] of Object.entries(bodies)) {
    const folder = folderOf(name);
    files[`${folder}/package.json`] = manifest;
    files[`${folder}/tsconfig.json`] = project;
    files[`${folder}/src/index.ts`] = withImports([...shared, engineAround(name, body)].join('\n'));
  }
  return files;
}

const types = ['AddResponse', 'Connection', 'Cookie', 'CreateInstance', 'EngineInterface', 'Iovec', 'Item'];
const moreTypes = ['Msghdr', 'ProtocolBinaryRequestHeader', 'ServerApi'];
const values = ['ENGINE_INTERFACE_VERSION', 'EngineErrorCode', 'HEADER_LENGTH', 'TransmitResult'];

/** Imports what a text uses of the contract. */
function withImports(text: string): string {
  const used = (names: readonly string[]): readonly string[] =>
    names.filter((each) => new RegExp(`\\b${each}\\b`).test(text));
  const names = [...used([...types, ...moreTypes]).map((each) => `type ${each}`), ...used(values)];
  return `import { ${names.join(', ')} } from 'kv-engine-migrate/engine/v1';\n\n${text}`;
}

function engineAround(name: string, body: string): string {
  return `
/** ${name} */
export const createInstance = engineOf('${name}', (server, giveBack) => {
  const stationery = new Stationery();

  const answer = (
    connection: Connection,
    request: ProtocolBinaryRequestHeader,
    response: AddResponse,
    cookie: Cookie,
  ): EngineErrorCode => {
${body.trimEnd().replace(/^\n/, '')}
    return EngineErrorCode.ENGINE_SUCCESS;
  };

  const release: EngineInterface['release'] = (_handle, _cookie, item) => stationery.giveBack(item);
  return {
    release,
    unknownCommand: (_handle, cookie, request, response) =>
      request.request.opcode === 0xe0
        ? answer(server.cookie.getConnection(cookie), request, response, cookie)
        : EngineErrorCode.ENGINE_ENOTSUP,
  };
});
`;
}
