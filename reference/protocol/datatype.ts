// The bits of the header's datatype.

/** What a value is, one bit each, but Raw, which is no bit (include/mcbp/protocol/datatype.h). */
export const Datatype = { Raw: 0, Json: 1, Snappy: 2, Xattr: 4 } as const;

/** Every bit that has a meaning. */
export const ALL_DATATYPES: number = Datatype.Json | Datatype.Snappy | Datatype.Xattr;

/** The bits in words: `JSON|XATTR`, `RAW`; bits without a meaning as one number, `JSON|0x80`. */
export function datatypeName(datatype: number): string {
  const words: string[] = [];
  if (datatype & Datatype.Json) words.push('JSON');
  if (datatype & Datatype.Snappy) words.push('SNAPPY');
  if (datatype & Datatype.Xattr) words.push('XATTR');
  const unknown = datatype & ~ALL_DATATYPES;
  if (unknown !== 0) words.push(`0x${unknown.toString(16)}`);
  return words.length === 0 ? 'RAW' : words.join('|');
}
