import { html } from './html.mjs';
import { count, duration, number, time } from './words.mjs';

const nameOf = (id, { instances, instance }) => {
  const found = instances.find((each) => each.id === id);
  const name = found === undefined ? id.slice(0, 8) : `${found.host} ${found.pid}`;
  return id === instance ? `${name} (this one)` : name;
};

const dependency = ({ name, seen }, now) => {
  const failing = seen.filter(({ ok }) => !ok);
  const since = Math.min(...(failing.length > 0 ? failing : seen).map((each) => each.since));
  return html`<article key=${name} class=${`card ${failing.length === 0 ? 'ok' : failing.every((each) => each.optional) ? 'warning' : 'bad'}`}>
    <h2>${name} <small>${failing.length === 0 ? 'answers' : 'does not answer'} for ${duration(now.at - since)}</small></h2>
    ${failing.map((each) => html`<p key=${each.instance}><b>${nameOf(each.instance, now)}</b>: ${each.reason}${Object.entries(each.facts).map(([fact, value]) => html` · ${fact} ${number(value)}`)}</p>`)}
    ${failing.length === 0 && html`<p>${count(seen.length, 'instance')} ask${seen.length === 1 ? 's' : ''} it</p>`}
  </article>`;
};

const instance = (each, now) => html`<tr key=${each.id} class=${each.ok ? '' : 'bad'}>
  <th scope="row" data-label="Instance">${nameOf(each.id, now)}</th>
  <td data-label="Roles">${each.roles.join(', ')}</td>
  <td data-label="Tasks" class="number">${each.tasks}</td>
  <td data-label="Up for">${duration(now.at - each.startedAt)}</td>
  <td data-label="Told">${duration(now.at - each.at)} ago</td>
  <td data-label="Health">${each.failing.length === 0 ? 'well' : each.failing.map(({ name, reason }) => html`<span class="line" key=${name}>${name}: ${reason}</span>`)}</td>
</tr>`;

/** Dependencies, and every instance that can be seen. */
export const instances = ({ overview: now }) => html`<section aria-label="Health">
  <h2>Dependencies</h2>
  <div class="cards">${now.dependencies.map((each) => dependency(each, now))}</div>
  <h2>Instances <small>who is gone is gone from here within 5 s</small></h2>
  <table>
    <thead><tr><th scope="col">Instance</th><th scope="col">Roles</th><th scope="col" class="number">Tasks</th><th scope="col">Up for</th><th scope="col">Told</th><th scope="col">Health</th></tr></thead>
    <tbody>${now.instances.map((each) => instance(each, now))}</tbody>
  </table>
</section>`;

/** Merchants whose events wait for their rate limit. */
export const limited = ({ overview: { deferred, at } }) => html`<section aria-label="Merchants in the limited state">
  <h2>Merchants over their rate limit <small>${count(deferred.records, 'event')} wait in order as of ${time(at)}</small></h2>
  ${
    deferred.merchants.length === 0
      ? html`<p class="empty">No merchant is over its rate limit: nothing waits.</p>`
      : html`<table>
        <thead><tr><th scope="col">Shop</th><th scope="col">Merchant</th><th scope="col" class="number">Events that wait</th></tr></thead>
        <tbody>${deferred.merchants.map(
          ({ merchantId, shopDomain, waiting }) => html`<tr key=${merchantId}>
          <th scope="row" data-label="Shop">${shopDomain ?? 'unknown'}</th>
          <td data-label="Merchant"><code>${merchantId}</code></td>
          <td data-label="Events that wait" class="number">${number(waiting)}</td>
        </tr>`,
        )}</tbody>
      </table>
      <p class="hint">Nothing is lost: events go on as fast as the merchant’s limit allows. <code>points merchants set SHOP --rate-limit N</code> changes it at once.</p>`
  }
</section>`;
