import { html } from './html.mjs';
import { partKind, picture, tasksWords } from './view-graph.mjs';
import { bytes, count, duration, number, rate } from './words.mjs';

const ownerOf = (id, { instances }) => {
  const found = instances.find((each) => each.id === id);
  return found === undefined ? 'nobody' : `${found.host} ${found.pid}`;
};

const taskRow = (
  task,
  now,
) => html`<tr key=${task.id} class=${task.state === 'RUNNING' ? '' : task.state === 'MISSING' ? 'bad' : 'warning'}>
  <th scope="row" data-label="Task"><code>${task.id}</code></th>
  <td data-label="State">${task.state}</td>
  <td data-label="Owner">${ownerOf(task.owner, now)}</td>
  <td data-label="Records/s" class="number">${rate(task.perSecond)}</td>
  <td data-label="Behind" class="number">${number(task.lag)}</td>
  <td data-label="In hand" class="number">${number(task.queued)}</td>
  <td data-label="Progress">${task.progressAt === null ? '–' : `${duration(now.at - task.progressAt)} ago`}</td>
</tr>`;

const storeRow = ({ name, bytes: size, entries }) => html`<tr key=${name}>
  <th scope="row" data-label="Store"><code>${name}</code></th>
  <td data-label="Entries" class="number">${entries === null ? 'many' : number(entries)}</td>
  <td data-label="On disk, about" class="number">${bytes(size)}</td>
</tr>`;

const tables = (part, now, isOne) => html`<section key=${part.id}>
  <h2>${isOne ? 'Tasks' : `Tasks of sub-topology ${part.index}`} <small>${tasksWords(part)} run · ${rate(part.perSecond)} records/s · ${number(part.lag)} behind</small></h2>
  <table>
    <thead><tr><th scope="col">Task</th><th scope="col">State</th><th scope="col">Owner</th><th scope="col" class="number">Records/s</th><th scope="col" class="number">Behind</th><th scope="col" class="number">In hand</th><th scope="col">Progress</th></tr></thead>
    <tbody>${part.tasks.map((task) => taskRow(task, now))}</tbody>
  </table>
  ${
    part.stores.length > 0 &&
    html`<h2>Stores</h2>
  <table>
    <thead><tr><th scope="col">Store</th><th scope="col" class="number">Entries</th><th scope="col" class="number">On disk, about</th></tr></thead>
    <tbody>${part.stores.map(storeRow)}</tbody>
  </table>`
  }
</section>`;

/** One topology: its processors, its tasks with their owners, its stores. */
export const part = ({ overview: now }, topology, graph) => {
  const parts = now.parts.filter((each) => each.topology === topology);
  if (parts.length === 0)
    return html`<p class="empty">No instance has the topology <code>${topology}</code>. <a href="#/topology">To the whole</a></p>`;
  const { state, error } = now.topologies.find(({ name }) => name === topology) ?? {};
  return html`<section aria-label=${topology}>
    <p class="crumbs"><a href="#/topology">Topology</a> › <b>${topology}</b> <span class="tag">${state}</span></p>
    ${error && html`<p class="fault">${error}</p>`}
    ${graph !== undefined && picture(graph, now)}
    ${parts.map((each) => tables(each, now, parts.length === 1))}
  </section>`;
};

const flowLine = (label, perSecond, lag) =>
  html`<li><code>${label}</code><span>${rate(perSecond)}/s${lag > 0 && html` · <b>${number(lag)} behind</b>`}</span></li>`;

/** Small stores are told by their entries: what was written last is not on disk yet. */
const storesWords = (stores) => {
  const isCounted = stores.every(({ entries }) => entries !== null);
  const total = (of) => stores.reduce((sum, store) => sum + store[of], 0);
  return `${count(stores.length, 'store')}, ${isCounted ? count(total('entries'), 'entry', 'entries') : bytes(total('bytes'))}`;
};

/** The same for the list, in a few lines. */
export const partCard = (each, now) => {
  const title =
    now.parts.filter(({ topology }) => topology === each.topology).length === 1
      ? each.topology
      : `${each.topology} ${each.index}`;
  return html`<article key=${each.id} class=${`card ${partKind(each)}`}>
    <h2><a href=${`#/topology/${encodeURIComponent(each.topology)}`}>${title}</a> <small>${tasksWords(each)} run</small></h2>
    <p>${rate(each.perSecond)} records/s · ${each.lag === 0 ? 'up to date' : html`<b>${number(each.lag)} behind</b>`}${each.stores.length > 0 && ` · ${storesWords(each.stores)}`}</p>
    <h3>Reads</h3><ul>${Object.entries(each.read).map(([topic, perSecond]) => flowLine(topic, perSecond, each.lags[topic] ?? 0))}</ul>
    ${Object.keys(each.written).length > 0 && html`<h3>Writes</h3><ul>${Object.entries(each.written).map(([topic, perSecond]) => flowLine(topic, perSecond, 0))}</ul>`}
  </article>`;
};
