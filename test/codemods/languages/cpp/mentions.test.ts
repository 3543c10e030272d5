// Which texts are worth a parse.
import { expect, test } from 'vitest';
import { mentions } from '../../../../codemods/languages/cpp/mentions.ts';
import { contractText, TAPE_CONTRACT } from '../../../support/cpp-program.ts';

const mentioned = mentions([contractText(TAPE_CONTRACT)]);

test.each([
  ['an assignment', 'ops->on_block = handle;'],
  ['an assignment through a cast', 'ops->on_block = (fn_t)handle;'],
  ['a guard', 'if (ops->on_block != NULL) { }'],
  ['an initialiser', 'static struct tape_ops ops = { 0 };'],
  ['a declaration of the table', 'struct tape_ops { int a; };'],
])('takes %s', (_, text) => {
  expect(mentioned(text)).toBe(true);
});

test.each([
  ['a call', 'ops->on_block(self, block);'],
  ['a parameter', 'void f(struct tape_ops *ops);'],
  ['another name', 'ops->on_blocked = handle;'],
  ['nothing', ''],
])('leaves out %s', (_, text) => {
  expect(mentioned(text)).toBe(false);
});
