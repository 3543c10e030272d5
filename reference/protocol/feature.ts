// The features that HELLO negotiates. Which of them a server grants is not said here.
import { hex, symbolicNames } from './symbolic-names.ts';

/** Every feature of 2017, a u16 each in HELLO's value (include/mcbp/protocol/feature.h). Invalid was once the datatypes. */
export const Feature = {
  Invalid: 0x01,
  Tls: 0x02,
  Tcpnodelay: 0x03,
  MutationSeqno: 0x04,
  Tcpdelay: 0x05,
  Xattr: 0x06,
  Xerror: 0x07,
  SelectBucket: 0x08,
  Collections: 0x09,
  Snappy: 0x0a,
  Json: 0x0b,
  Duplex: 0x0c,
  ClustermapChangeNotification: 0x0d,
  UnorderedExecution: 0x0e,
} as const;

/** One of {@link Feature}. */
export type Feature = (typeof Feature)[keyof typeof Feature];

const names = symbolicNames(Feature);

/** The feature's name: `MUTATION_SEQNO`; `0x10` for one that is not of 2017. */
export function featureName(feature: number): string {
  return names.get(feature) ?? hex(feature);
}
