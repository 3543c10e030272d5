// Types taken apart from their spellings.
import { describe, expect, test } from 'vitest';
import {
  isReadOnly,
  parseTypeName,
  sameBase,
  sameShape,
  spelled,
} from '../../../../codemods/languages/cpp/type-name.ts';

describe('parseTypeName', () => {
  test('tells the const of what is pointed at from the const of the pointer', () => {
    expect(isReadOnly(parseTypeName('const header *'))).toBe(true);
    expect(isReadOnly(parseTypeName('header const *'))).toBe(true);
    expect(isReadOnly(parseTypeName('header *const'))).toBe(false);
    expect(isReadOnly(parseTypeName('const header'))).toBe(false);
  });

  test('leaves elaborating keywords, storage classes and comments out of the base', () => {
    expect(parseTypeName('static /* the */ struct header volatile *').base).toBe('header');
  });

  test('keeps namespaces and template arguments', () => {
    expect(parseTypeName('const std::vector<const header *> &')).toMatchObject({
      base: 'std::vector<const header*>',
      baseConst: true,
      levels: [{ kind: '&', const: false }],
    });
  });

  test('takes spellings of one integer for one type', () => {
    expect(parseTypeName('unsigned').base).toBe(parseTypeName('int unsigned').base);
    expect(parseTypeName('long int').base).toBe(parseTypeName('long').base);
  });
});

test('two spellings of one type have one shape, constness aside', () => {
  expect(sameShape(parseTypeName('const ns::header*'), parseTypeName('struct header *'))).toBe(true);
  expect(sameShape(parseTypeName('header**'), parseTypeName('header*'))).toBe(false);
  expect(sameBase('a::header', 'b::header')).toBe(false);
});

test('a spelling for people has no comments and single spaces', () => {
  expect(spelled('const  header /* the one */\n *')).toBe('const header*');
});
