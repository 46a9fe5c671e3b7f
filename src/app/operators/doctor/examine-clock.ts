import { type Finding, warning } from './finding.ts';

/** What is further off makes windows, deadlines and tokens go wrong. */
const toleratedMs = 2_000;

/** A server's clock beside ours; nothing is said where they agree. */
export const examineClock = (
  server: string,
  itsNow: number,
  { askedAt, answeredAt }: { readonly askedAt: number; readonly answeredAt: number },
): readonly Finding[] => {
  const offMs = itsNow < askedAt ? askedAt - itsNow : Math.max(0, itsNow - answeredAt);
  if (offMs <= toleratedMs) return [];
  const found = `${server}’s clock and this machine’s are ${String(Math.round(offMs / 1_000))} s apart`;
  return [
    warning('clocks', { found, advice: 'Have both follow NTP: times decide about tokens, windows and deadlines' }),
  ];
};
