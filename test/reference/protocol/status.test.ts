import { describe, expect, test } from 'vitest';
import { errorText, Status, statusName } from '../../../reference/protocol/status.ts';

describe('statuses', () => {
  test('have the names of the protocol', () => {
    expect(statusName(0x00)).toBe('SUCCESS');
    expect(statusName(0x01)).toBe('KEY_ENOENT');
    expect(statusName(0x03)).toBe('E2BIG');
    expect(statusName(0x07)).toBe('NOT_MY_VBUCKET');
    expect(statusName(0x88)).toBe('UNKNOWN_COLLECTION');
    expect(statusName(0xc4)).toBe('SUBDOC_DOC_E2DEEP');
    expect(statusName(0xff17)).toBe('0xff17');
  });

  test('are all different', () => {
    expect(new Set(Object.values(Status)).size).toBe(Object.keys(Status).length);
  });

  test('say what memcached says', () => {
    const texts = [
      [0x01, 'Not found'],
      [0x02, 'Data exists for key.'],
      [0x03, 'Too large.'],
      [0x04, 'Invalid arguments'],
      [0x05, 'Not stored.'],
      [0x06, 'Non-numeric server-side value for incr or decr'],
      [0x20, 'Auth failure.'],
      [0x81, 'Unknown command'],
      [0x82, 'Out of memory'],
    ] as const;
    for (const [status, text] of texts) expect(errorText(status)).toBe(text);
  });

  test('all say something but Success, also those that have no name', () => {
    expect(errorText(Status.Success)).toBe('');
    for (const status of [...Object.values(Status), 0xff17]) {
      if (status !== Status.Success) expect(errorText(status)).toMatch(/^[ -~]+$/);
    }
    expect(errorText(0xff17)).toContain('0xff17');
  });
});
