// A small C or C++ tree under a small contract, opened as `run` opens it, and the looks that tests take at it.
import type { Program } from '../../codemods/facts/language.ts';
import type { Place, PlaceFacts } from '../../codemods/facts/place.ts';
import type { Contract } from '../../codemods/facts/slot.ts';
import { cpp } from '../../codemods/languages/cpp/index.ts';
import { sourcesInMemory } from './sources-in-memory.ts';

/** A tape library's plugin table, with the block header read-only. */
export const TAPE_CONTRACT = `#pragma once
struct block_header { int id; unsigned char label[8]; struct { int a; } inner; struct block_header *next; };
struct tape_ops {
  int (*open)(void *self);
  int (*on_block)(void *self, const struct block_header *block);
};
`;

/** A contract text that exists only in a test. */
export function contractText(
  text: string,
  file: string = 'contract.h',
): { readonly file: string; readonly path: string; readonly text: string } {
  return { file, path: `/contract/${file}`, text };
}

/** Opens texts by relative path. */
export async function openCpp(
  texts: Readonly<Record<string, string>>,
  contract: string = TAPE_CONTRACT,
): Promise<{ readonly program: Program; readonly contract: Contract }> {
  const target = [contractText(contract)];
  const read = await cpp.readContract(target);
  const sources = sourcesInMemory(texts);
  const candidates = sources.files.filter((file) => cpp.mentions(target)(texts[file] ?? ''));
  return { program: await cpp.open(sources, read, candidates), contract: read };
}

/** The place of the changed parameter of the only handler in a tree. */
export async function handlerPlace(
  texts: Readonly<Record<string, string>>,
): Promise<{ readonly program: Program; readonly place: Place }> {
  const { program } = await openCpp(texts);
  const place = program.implementations().find((one) => one.kind === 'function')?.parameters[1];
  if (place === undefined) throw new Error('no handler stands in the slot');
  return { program, place };
}

/** What one look at the handler's parameter finds; `body` and `before` are C++. */
export async function lookAtHandler(body: string, before: string = ''): Promise<PlaceFacts> {
  const { program, place } = await handlerPlace({ 'tape.cc': handlerText(body, before) });
  return program.look(place);
}

/** A file with one handler of that body, put into the slot. */
export function handlerText(body: string, before: string = ''): string {
  return `#include "contract.h"\n${before}\nstatic int on_block(void *self, struct block_header *block) { ${body} }\nvoid init(struct tape_ops *ops) { ops->on_block = on_block; }\n`;
}
