// Whether a packet is one: the frame first, then what its command needs it to look like. Never throws, never writes.
import { commandLayouts } from './command-layouts.ts';
import { Datatype } from './datatype.ts';
import { dcpLayouts } from './dcp-layouts.ts';
import { type Acceptance, type Layout, type LayoutCheck, mayHaveXattrs } from './layout.ts';
import { Magic } from './magic.ts';
import { Opcode } from './opcode.ts';
import type { RequestFrame } from './request-frame.ts';
import { Status } from './status.ts';

export type { Acceptance } from './layout.ts';

/** Why the bytes that follow cannot be understood any more. */
export type FrameProblem = 'bad-magic' | 'bad-lengths' | 'too-large';

/**
 * What is wrong with a header that a client sent, before its body is there; undefined for nothing. 0x81 is fine: a DCP
 * client responds. 0x82 and 0x83 are not: this server asks nothing with 0x82. `maxPacketSize` in bytes of body.
 */
export function frameProblem(frame: RequestFrame, maxPacketSize: number): FrameProblem | undefined {
  if (frame.magic !== Magic.ClientRequest && frame.magic !== Magic.ClientResponse) return 'bad-magic';
  if (frame.keylen + frame.extlen > frame.bodylen) return 'bad-lengths';
  if (frame.bodylen > maxPacketSize) return 'too-large';
  return undefined;
}

// A row as the request path wants it: numbers only, one shape.
class Rule {
  readonly extlen: number;
  readonly otherExtlens: readonly number[];
  readonly leastKey: number;
  readonly mostKey: number;
  readonly leastValue: number;
  readonly mostValue: number;
  readonly refusesCas: boolean;
  readonly needsCas: boolean;
  readonly datatypes: number;
  readonly check: LayoutCheck | undefined;

  constructor(layout: Layout) {
    this.extlen = layout.extras[0] ?? 0;
    this.otherExtlens = layout.extras.slice(1);
    this.leastKey = layout.key.least;
    this.mostKey = layout.key.most;
    this.leastValue = layout.value.least;
    this.mostValue = layout.value.most;
    this.refusesCas = layout.cas === 'zero';
    this.needsCas = layout.cas === 'not-zero';
    this.datatypes = layout.datatypes;
    this.check = layout.check;
  }
}

const rules: (Rule | undefined)[] = new Array(256).fill(undefined);
for (const layout of [...commandLayouts, ...dcpLayouts]) {
  const rule = new Rule(layout);
  for (const opcode of layout.opcodes) rules[opcode] = rule;
}

/** Whether the layout of this command is known here; without one `validateRequest` has nothing to say. */
export const hasLayout = (opcode: number): boolean => rules[opcode] !== undefined;

/**
 * Success, or the status to answer a request with: Einval, NotSupported for a FLUSH in the future, XattrEinval.
 * The whole packet must be there. Whether the connection is closed afterwards, as kv_engine did in 2017, is not said.
 */
export function validateRequest(frame: RequestFrame, accepts: Acceptance): number {
  const rule = rules[frame.opcode];
  if (rule === undefined) return Status.Success;
  if (frame.magic !== Magic.ClientRequest) return Status.Einval;
  const extlen = frame.extlen;
  if (extlen !== rule.extlen && !rule.otherExtlens.includes(extlen)) return Status.Einval;
  const keylen = frame.keylen;
  if (keylen < rule.leastKey || keylen > rule.mostKey) return Status.Einval;
  const valueLength = frame.bodylen - extlen - keylen;
  if (valueLength < rule.leastValue || valueLength > rule.mostValue) return Status.Einval;
  if (frame.hasCas ? rule.refusesCas : rule.needsCas) return Status.Einval;
  if (frame.datatype !== 0 && !takesDatatype(frame.datatype, rule, accepts)) return Status.Einval;
  return rule.check === undefined ? Status.Success : rule.check(frame, accepts);
}

function takesDatatype(datatype: number, rule: Rule, accepts: Acceptance): boolean {
  if (accepts.ignoresDatatype) return true;
  if ((datatype & ~(rule.datatypes & accepts.datatypes)) !== 0) return false;
  return (datatype & Datatype.Xattr) === 0 || mayHaveXattrs(accepts);
}

const quietOpcodes: readonly number[] = [
  Opcode.Getq,
  Opcode.Getkq,
  Opcode.Setq,
  Opcode.Addq,
  Opcode.Replaceq,
  Opcode.Deleteq,
  Opcode.Incrementq,
  Opcode.Decrementq,
  Opcode.Quitq,
  Opcode.Flushq,
  Opcode.Appendq,
  Opcode.Prependq,
  Opcode.Gatq,
  Opcode.Rsetq,
  Opcode.Rappendq,
  Opcode.Rprependq,
  Opcode.Rdeleteq,
  Opcode.Rincrq,
  Opcode.Rdecrq,
  Opcode.GetqMeta,
  Opcode.SetqWithMeta,
  Opcode.AddqWithMeta,
  Opcode.DelqWithMeta,
];

const quiet = new Uint8Array(256);
for (const opcode of quietOpcodes) quiet[opcode] = 1;

/**
 * Whether success goes without a response (protocol/mcbp/libmcbp/request.cc). GETQ, GETKQ and GATQ are the other way
 * round: a hit is sent, a miss is not. Other failures are always sent.
 */
export const isQuiet = (opcode: number): boolean => quiet[opcode] === 1;
