// The protocol's constants by number, in the spelling of its documents.

/** `DcpMutation` becomes `DCP_MUTATION`; each value of `constants` has one name. */
export function symbolicNames(constants: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const [name, value] of Object.entries(constants)) {
    names.set(value, name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase());
  }
  return names;
}

/** A number as it stands in the protocol's tables: lower case hexadecimal, two digits or more. */
export const hex = (value: number | bigint): string => `0x${value.toString(16).padStart(2, '0')}`;
