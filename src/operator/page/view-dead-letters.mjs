import { get } from './api.mjs';
import { html } from './html.mjs';
import { load, state } from './state.mjs';
import { forgetReplay, replayPanel, startDryRun } from './view-replay.mjs';
import { brief, bytes, time } from './words.mjs';

const fields = ['error', 'merchant', 'topic', 'retryable', 'age'];
const hourMs = 3_600_000;

const filtersOf = (query) => Object.fromEntries(fields.map((name) => [name, query.get(name) ?? '']));

/** The age is told from now on, not from when the link was made. */
const asked = ({ age, ...filters }) => ({ ...filters, since: age === '' ? '' : Date.now() - Number(age) * hourMs });

export const openDeadLetters = ({ path: [partition, offset], query }) => {
  forgetReplay();
  if (offset !== undefined) {
    const place = `${Number(partition)}/${Number(offset)}`;
    return load('letter', place, () => get(`dead-letters/${place}`));
  }
  const filters = filtersOf(query);
  return load('letters', JSON.stringify(filters), () => get('dead-letters', { ...asked(filters), limit: 100 }));
};

const submit = (event) => {
  event.preventDefault();
  const values = new FormData(event.target);
  const chosen = fields
    .map((name) => [name, String(values.get(name) ?? '').trim()])
    .filter(([, value]) => value !== '');
  const next = `#/dead-letters?${new URLSearchParams(chosen)}`;
  if (location.hash === next) void openDeadLetters(state.route);
  else location.hash = next;
};

const option = (value, label, chosen) => html`<option value=${value} selected=${chosen === value}>${label}</option>`;

const form = (filters) => html`<form class="filters" onSubmit=${submit} key=${JSON.stringify(filters)}>
  <label>Error code <input name="error" value=${filters.error} placeholder="UNKNOWN_MERCHANT" autocomplete="off" spellcheck="false" /></label>
  <label>Merchant <input name="merchant" value=${filters.merchant} placeholder="UUID" autocomplete="off" spellcheck="false" /></label>
  <label>From topic <select name="topic">${option('', 'any', filters.topic)}${['points.ingest', 'points.replay', 'audit_log', 'points.balances', 'vip_tier.assigned', 'task.created', 'task.failed'].map((topic) => option(topic, topic, filters.topic))}</select></label>
  <label>Died <select name="age">${[
    ['', 'ever'],
    ['1', 'in the last hour'],
    ['24', 'in the last day'],
    ['168', 'in the last week'],
  ].map(([value, label]) => option(value, label, filters.age))}</select></label>
  <label class="check"><input type="checkbox" name="retryable" value="true" checked=${filters.retryable === 'true'} /> A retry may help</label>
  <button class="primary">Show</button>
</form>`;

const linkOf = ({ partition, offset }) => `#/dead-letters/${partition}/${offset}`;

const row = (letter) => html`<tr key=${`${letter.partition}/${letter.offset}`}>
  <th scope="row" data-label="Died"><a href=${linkOf(letter)}>${time(letter.diedAt)}</a></th>
  <td data-label="Error"><code>${letter.code}</code></td>
  <td data-label="Reason" class="reason"><bdi>${letter.message}</bdi></td>
  <td data-label="From"><code>${letter.source?.topic ?? 'unknown'}</code></td>
  <td data-label="Merchant">${letter.merchantId === null ? 'unknown' : html`<code title=${letter.merchantId}>${brief(letter.merchantId)}</code>`}</td>
  <td data-label="Retry">${letter.retryable ? 'may help' : 'after a mend'}</td>
</tr>`;

const selectionOf = (filters) => ({
  errors: filters.error === '' ? [] : filters.error.split(',').map((code) => code.trim()),
  retryable: filters.retryable === 'true',
  ...(filters.merchant !== '' && { merchant: filters.merchant }),
  ...(filters.topic !== '' && { topic: filters.topic }),
  ...(filters.age !== '' && { since: Date.now() - Number(filters.age) * hourMs }),
});

const list = () => {
  const filters = filtersOf(state.route.query);
  const { data, fault, isLoading } = state.views.letters ?? {};
  return html`<section aria-label="Dead letters" aria-busy=${isLoading === true}>
    ${form(filters)}
    ${fault && html`<p class="fault" role="alert">${fault}</p>`}
    ${data?.letters.length === 0 && html`<p class="empty">There are no such dead letters.</p>`}
    ${
      data?.letters.length > 0 &&
      html`<div class="bar">
        <p>${data.isCut ? `The newest ${data.letters.length}` : `${data.letters.length} in all`}, newest first</p>
        <button onClick=${() => startDryRun(selectionOf(filters), 'all of these')}>Replay all of these… (dry run first)</button>
      </div>
      ${replayPanel()}
      <table class="letters">
        <thead><tr><th scope="col">Died (UTC)</th><th scope="col">Error</th><th scope="col">Reason</th><th scope="col">From</th><th scope="col">Merchant</th><th scope="col">Retry</th></tr></thead>
        <tbody>${data.letters.map(row)}</tbody>
      </table>`
    }
    ${data === undefined && isLoading && html`<p class="empty">Reading the topic…</p>`}
  </section>`;
};

const fact = (label, value) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`;

const placeText = (source) =>
  source === null
    ? 'not said'
    : html`<code>${source.topic}</code> partition ${source.partition}, offset ${source.offset}`;

const one = () => {
  const { data, fault, isLoading } = state.views.letter ?? {};
  const back = html`<p class="crumbs"><a href="#/dead-letters">Dead letters</a> › <b>${state.route.path.join('/')}</b></p>`;
  if (data === undefined)
    return html`<section>${back}<p class=${fault ? 'fault' : 'empty'}>${fault ?? (isLoading ? 'Reading…' : '')}</p></section>`;
  const { letter, bytes: size, value, unreadable, advice } = data;
  const correlation = value?.correlation_id;
  return html`<section aria-label="A dead letter">
    ${back}
    <h1 class="what"><code>${letter.code}</code> <bdi>${letter.message}</bdi></h1>
    <p class="advice">${advice}</p>
    <dl class="facts">
      ${fact('Died', `${time(letter.diedAt)} UTC`)}
      ${fact('Stood at', placeText(letter.source))}
      ${fact('At', html`${letter.stage}, node <code>${letter.node}</code>`)}
      ${fact('Attempts', letter.attempts)}
      ${fact('Merchant', letter.merchantId === null ? 'not known' : html`<code>${letter.merchantId}</code>`)}
      ${fact('A retry', letter.retryable ? 'may help as it is' : 'helps once the cause is mended')}
      ${typeof correlation === 'string' && fact('Correlation id', html`<a href=${`#/follow?id=${encodeURIComponent(correlation)}`}><code>${correlation}</code></a>`)}
    </dl>
    <p class="bar"><button class="primary" onClick=${() => startDryRun({ place: { partition: letter.partition, offset: letter.offset } }, 'this dead letter')}>Replay… (dry run first)</button></p>
    ${replayPanel()}
    <h2>The record <small>${size === null ? 'no value' : bytes(size)}</small></h2>
    ${unreadable ? html`<p>${unreadable}</p>` : html`<pre dir="ltr">${JSON.stringify(value, null, 2)}</pre>`}
    ${letter.stack !== '' && html`<details><summary>Stack</summary><pre dir="ltr">${letter.stack}</pre></details>`}
  </section>`;
};

export const deadLetters = ({ route }) => (route.path.length >= 2 ? one() : list());
