// Draws a graph that the instance has laid out. What flows is filled in by the edges' and nodes' ids.
import { html } from './html.mjs';
import { rate, short } from './words.mjs';

/** A curve through the middle of each stretch, as soft as a spline and as cheap as a line. */
const pathOf = (points) => {
  const [first, ...rest] = points;
  const last = rest.at(-1) ?? first;
  const middles = rest.slice(0, -1).map(([x, y], index) => {
    const [nextX, nextY] = rest[index + 1];
    return `Q ${x} ${y} ${(x + nextX) / 2} ${(y + nextY) / 2}`;
  });
  return [`M ${first.join(' ')}`, ...middles, `L ${last.join(' ')}`].join(' ');
};

const lagKind = (lag, perSecond) => (lag > Math.max(1_000, perSecond * 10) ? 'warning' : lag > 0 ? 'some' : 'none');

const edge = ({ id, points, label: [x, y] }, flows) => {
  const flow = flows[id];
  const perSecond = flow?.perSecond ?? 0;
  const lag = flow?.lag ?? null;
  const kind = lag === null ? 'none' : lagKind(lag, perSecond);
  return html`<g key=${id} class=${`edge ${perSecond > 0 ? 'flows' : ''} ${kind === 'warning' ? 'warning' : ''}`}>
    <path d=${pathOf(points)} marker-end="url(#arrow)" />
    ${flow !== undefined && perSecond > 0 && html`<text x=${x} y=${y - (lag > 0 ? 2 : -4)} class="rate">${rate(perSecond)}/s</text>`}
    ${lag > 0 && html`<text x=${x} y=${y + 11} class=${`lag ${kind}`}>${short(lag)} behind</text>`}
  </g>`;
};

/** How well a part is, in a word for its colour. */
export const partKind = ({ tasks, lag, perSecond }) => {
  if (tasks.some(({ state }) => state === 'MISSING' || state === 'FAILED')) return 'bad';
  if (tasks.some(({ state }) => state !== 'RUNNING') || lagKind(lag, perSecond) === 'warning') return 'warning';
  return 'ok';
};

export const tasksWords = ({ tasks }) =>
  `${tasks.filter(({ state }) => state === 'RUNNING').length}/${tasks.length} tasks`;

const storeKind = (label, { dependencies }) => {
  const seen = dependencies.find(({ name }) => name === label)?.seen ?? [];
  return seen.some(({ ok }) => !ok) ? 'bad' : '';
};

const partNode = ({ x, y, width, height, label }, part) => {
  const left = x - width / 2;
  const top = y - height / 2;
  return html`<a href=${`#/topology/${encodeURIComponent(part.topology)}`} class=${`node part ${partKind(part)}`}>
    <rect x=${left} y=${top} width=${width} height=${height} rx="8" />
    <rect class="strip" x=${left} y=${top + 8} width="4" height=${height - 16} rx="2" />
    <text class="name" x=${left + 16} y=${top + 24}>${label}</text>
    <text x=${left + 16} y=${top + 43}>${tasksWords(part)} · ${rate(part.perSecond)}/s</text>
    <text x=${left + 16} y=${top + 61} class=${lagKind(part.lag, part.perSecond)}>${part.lag === 0 ? 'up to date' : `${short(part.lag)} behind`}</text>
  </a>`;
};

const plainNode = ({ kind, x, y, width, height, label }, now) => {
  const rx = kind === 'topic' ? height / 2 : kind === 'store' ? 4 : 6;
  return html`<g class=${`node ${kind} ${kind === 'store' ? storeKind(label, now) : ''}`}>
    <rect x=${x - width / 2} y=${y - height / 2} width=${width} height=${height} rx=${rx} />
    <text class="middle" x=${x} y=${y + 4}>${label}</text>
  </g>`;
};

const describe = (now) =>
  `Topics and topologies: ${now.parts.map((part) => `${part.topology} ${tasksWords(part)}`).join(', ')}`;

/** @param now the overview, whose figures are filled in */
export const picture = (
  { width, height, nodes, edges },
  now,
) => html`<div class="picture" tabindex="0" role="group" aria-label="Picture of the topology; it scrolls">
  <svg viewBox=${`0 0 ${width} ${height}`} style=${{ maxWidth: `${width}px`, minWidth: `${Math.min(width, Math.max(320, width * 0.7))}px` }} role="img" aria-label=${describe(now)}>
    <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M 0 0.6 L 8 4 L 0 7.4 z" /></marker></defs>
    ${edges.map((each) => edge(each, now.edges))}
    ${nodes.map((node) => {
      const part = now.parts.find(({ id }) => id === node.id);
      return html`<g key=${node.id}>${part === undefined ? plainNode(node, now) : partNode(node, part)}</g>`;
    })}
  </svg>
</div>`;
