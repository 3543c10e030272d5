// What `dcp.step` produces messages with: each is encoded into the connection's send buffer.
import type { DcpConnection } from './dcp-shipper.ts';
import type { DcpMessageProducers } from './engine/contract.ts';

/** The producers of one connection. */
export function dcpMessageProducers(_connection: DcpConnection): DcpMessageProducers {
  return {} as DcpMessageProducers;
}
