import { z } from 'zod';

/** What a member of a group tells the others of itself when it joins. */
export interface MemberData {
  readonly applicationServer?: string | undefined;
  /** The partition numbers it held until now. */
  readonly held: readonly number[];
}

const schema = z.object({ applicationServer: z.string().optional(), held: z.array(z.int().nonnegative()) });

export const encodeMemberData = (data: MemberData): Buffer => Buffer.from(JSON.stringify(data));

/** Of a member that tells nothing, or something else, it is known only that it held nothing. */
export function decodeMemberData(userData: Buffer | null | undefined): MemberData {
  try {
    return schema.parse(JSON.parse(userData?.toString('utf8') ?? ''));
  } catch {
    return { held: [] };
  }
}
