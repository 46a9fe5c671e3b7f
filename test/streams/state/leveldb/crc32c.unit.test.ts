import { describe, expect, it } from 'vitest';
import { crc32c } from '../../../../src/streams/state/leveldb/crc32c.ts';

describe('crc32c', () => {
  /** From RFC 3720, B.4, and the check value of the catalogue of CRCs. */
  it.each([
    ['32 bytes of 0', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of 1 bits', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['0 to 31', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
    ['31 to 0', Buffer.from(Array.from({ length: 32 }, (_, index) => 31 - index)), 0x113fdb5c],
    ['123456789', Buffer.from('123456789'), 0xe3069283],
    ['nothing', Buffer.alloc(0), 0],
  ])('of %s is what the standard says', (_what, bytes, wanted) => {
    expect(crc32c(bytes)).toBe(wanted);
  });
});
