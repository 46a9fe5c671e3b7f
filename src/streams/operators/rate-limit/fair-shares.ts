/**
 * Shares `most` among keys that want so much each: nobody gets more than it wants, and nobody gets less than another
 * unless it wants less. Where there is not one for everybody, those that come first get one.
 */
export function fairShares(wanted: ReadonlyMap<string, number>, most: number): ReadonlyMap<string, number> {
  const served = [...wanted].slice(0, most);
  const shares = new Map(served.map(([key]) => [key, 0]));
  let left = most;
  let rest = served.length;
  for (const [key, want] of [...served].sort(([, one], [, other]) => one - other)) {
    const share = Math.min(want, Math.floor(left / rest));
    shares.set(key, share);
    left -= share;
    rest -= 1;
  }
  return shares;
}
