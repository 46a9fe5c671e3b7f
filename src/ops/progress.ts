/** How far something is, on stderr: a bar that is redrawn on a terminal, otherwise a line every few seconds. */
export interface Progress {
  advance(more: number): void;
  /** Draws the last state and ends the line. */
  end(): void;
}

export interface ProgressOptions {
  readonly total: number;
  readonly out: { readonly isTTY?: boolean; write(text: string): unknown };
  /** Milliseconds that do not jump. */
  readonly now: () => number;
}

const barWidth = 30;
const pauseMs = { terminal: 200, log: 5_000 } as const;

export function createProgress({ total, out, now }: ProgressOptions): Progress {
  const startedAt = now();
  const isTerminal = out.isTTY === true;
  let done = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;

  const draw = (): void => {
    drawnAt = now();
    const share = total === 0 ? 1 : Math.min(done / total, 1);
    const perSecond = done / Math.max((drawnAt - startedAt) / 1_000, 0.001);
    const leftSeconds = perSecond === 0 ? null : Math.ceil(Math.max(total - done, 0) / perSecond);
    const figures = `${String(done)}/${String(total)}  ${String(Math.floor(share * 100))} %  ${perSecond.toFixed(0)}/s`;
    const left = leftSeconds === null ? '' : `  ${String(leftSeconds)} s left`;
    const bar = '#'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '-');
    out.write(isTerminal ? `\r[${bar}] ${figures}${left}\u001B[K` : `points: ${figures}${left}\n`);
  };

  return {
    advance(more) {
      done += more;
      if (now() - drawnAt >= (isTerminal ? pauseMs.terminal : pauseMs.log)) draw();
    },
    end() {
      draw();
      if (isTerminal) out.write('\n');
    },
  };
}
