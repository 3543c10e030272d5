// The statistics of a server, over the binary protocol.
import { once } from 'node:events';
import { connect } from 'node:net';

/** Asks for the general group. @returns {Promise<Map<string, number>>} those that are numbers */
export async function statsOf(port) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const request = Buffer.alloc(24);
  request[0] = 0x80;
  request[1] = 0x10;
  socket.write(request);
  const stats = new Map();
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 24 && bytes.length >= 24 + bytes.readUInt32BE(8)) {
      const keyEnd = 24 + bytes.readUInt16BE(2);
      const end = 24 + bytes.readUInt32BE(8);
      if (keyEnd === 24) {
        socket.destroy();
        return stats;
      }
      const value = Number(bytes.toString('latin1', keyEnd, end));
      if (!Number.isNaN(value)) stats.set(bytes.toString('latin1', 24, keyEnd), value);
      bytes = bytes.subarray(end);
    }
  }
  throw new Error('The server closed the connection.');
}
