import { html } from './html.mjs';
import { graphKey, state, update } from './state.mjs';
import { picture } from './view-graph.mjs';
import { part, partCard } from './view-part.mjs';
import { number, rate } from './words.mjs';

const figures = ({ parts, deferred, deadLettersLastHour, instances }) => {
  const points = parts.find(({ topology }) => topology === 'points');
  const lag = parts.reduce((sum, each) => sum + each.lag, 0);
  const tasks = parts.flatMap((each) => each.tasks);
  const running = tasks.filter(({ state }) => state === 'RUNNING').length;
  return [
    [rate(points?.perSecond ?? 0), 'decided a second'],
    [number(lag), 'records behind'],
    [`${running}/${tasks.length}`, 'tasks run'],
    [number(deferred.records), 'events deferred'],
    [number(deadLettersLastHour), 'dead letters, 1 h'],
    [number(instances.length), instances.length === 1 ? 'instance' : 'instances'],
  ];
};

/** As it flows: by where the picture has them. */
const inFlow = (parts, graph) => {
  const placed = new Map((graph?.nodes ?? []).map((node) => [node.id, node]));
  const along = ({ id }) => placed.get(id)?.[state.isNarrow ? 'y' : 'x'] ?? 0;
  return [...parts].sort((a, b) => along(a) - along(b) || (a.id < b.id ? -1 : 1));
};

const choose = (view) => () => update({ picture: view });

export const overview = () => {
  const { overview: now, graphs, route, isNarrow } = state;
  const topology = route.path[0] ?? null;
  const graph = graphs[graphKey(topology)]?.graph;
  if (topology !== null) return part(state, topology, graph);
  const view = state.picture ?? (isNarrow ? 'list' : 'picture');
  return html`<section aria-label="Topology">
    <dl class="figures">
      ${figures(now).map(([value, label]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}
    </dl>
    <div class="choice" role="group" aria-label="How it is shown">
      <button aria-pressed=${view === 'picture'} onClick=${choose('picture')}>Picture</button>
      <button aria-pressed=${view === 'list'} onClick=${choose('list')}>List</button>
    </div>
    ${view === 'picture' ? graph !== undefined && picture(graph, now) : html`<div class="cards">${inFlow(now.parts, graph).map((each) => partCard(each, now))}</div>`}
  </section>`;
};
