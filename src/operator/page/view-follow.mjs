import { get } from './api.mjs';
import { html } from './html.mjs';
import { load, state } from './state.mjs';
import { bytes, duration, time } from './words.mjs';

const askedOf = (query) => ({ id: query.get('id') ?? '', hours: query.get('hours') ?? '24' });

export const openFollow = ({ query }) => {
  const asked = askedOf(query);
  if (asked.id === '') return undefined;
  return load('follow', JSON.stringify(asked), () => get('follow', asked));
};

const submit = (event) => {
  event.preventDefault();
  const values = new FormData(event.target);
  const next = `#/follow?${new URLSearchParams({ id: String(values.get('id')).trim(), hours: String(values.get('hours')) })}`;
  if (location.hash === next) void openFollow(state.route);
  else location.hash = next;
};

const spans = [
  ['1', 'the last hour'],
  ['24', 'the last day'],
  ['168', 'the last week'],
  ['720', 'the last 30 days'],
];

const hop = (each, first) => html`<li class="hop">
  <span class="since">+${each.at - first < 10_000 ? `${each.at - first} ms` : duration(each.at - first)}</span>
  <span class="where"><code>${each.where}</code>${each.partition !== null && html` <small>${each.partition}/${each.offset}</small>`}</span>
  <span class="said">${each.where === 'points.dlq' ? html`<a href=${`#/dead-letters/${each.partition}/${each.offset}`}><bdi>${each.what}</bdi></a>` : html`<bdi>${each.what}</bdi>`}</span>
</li>`;

const shown = ({ hops, searchedSince, bytes: read, isCutShort }) => html`
  ${
    hops.length === 0
      ? html`<p class="empty">It is found nowhere since ${time(searchedSince)} UTC.</p>`
      : html`<h2>${hops.length} hops <small>from ${time(hops[0].at)} UTC on</small></h2><ol class="hops">${hops.map((each) => hop(each, hops[0].at))}</ol>`
  }
  <p class="hint">Looked through the topics back to ${time(searchedSince)} UTC (${bytes(read)})${isCutShort && html`. <b>The search ended early, as it had cost enough: older records were not looked at</b>`}.</p>`;

export const follow = () => {
  const asked = askedOf(state.route.query);
  const { data, fault, isLoading } = state.views.follow ?? {};
  return html`<section aria-label="Follow" aria-busy=${isLoading === true}>
    <form class="filters" onSubmit=${submit} key=${JSON.stringify(asked)}>
      <label class="wide">Correlation id <input name="id" required value=${asked.id} placeholder="as logs, answers and dead letters tell it" autocomplete="off" spellcheck="false" /></label>
      <label>Back through <select name="hours">${spans.map(([value, label]) => html`<option value=${value} selected=${asked.hours === value}>${label}</option>`)}</select></label>
      <button class="primary">Follow</button>
    </form>
    ${fault && html`<p class="fault" role="alert">${fault}</p>`}
    ${isLoading && html`<p class="empty">Looking through the topics, newest first…</p>`}
    ${data && !isLoading && asked.id !== '' && shown(data)}
  </section>`;
};
