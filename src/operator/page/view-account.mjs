import { get } from './api.mjs';
import { html } from './html.mjs';
import { load, state, update } from './state.mjs';
import { number, time } from './words.mjs';

const askedOf = (query) => ({ merchant: query.get('merchant') ?? '', customer: query.get('customer') ?? '' });

export const openAccount = ({ query }) => {
  const asked = askedOf(query);
  if (asked.merchant === '' || asked.customer === '') return undefined;
  return load('account', JSON.stringify(asked), () => get('account', asked));
};

const submit = (event) => {
  event.preventDefault();
  const values = new FormData(event.target);
  const asked = { merchant: String(values.get('merchant')).trim(), customer: String(values.get('customer')).trim() };
  const next = `#/account?${new URLSearchParams(asked)}`;
  if (location.hash === next) void openAccount(state.route);
  else location.hash = next;
};

/** The page after what is shown, added to it. */
const more = async () => {
  const view = state.views.account;
  const asked = JSON.parse(view.key);
  try {
    const page = await get('account', { ...asked, before: view.data.next });
    if (state.views.account !== view) return;
    state.views.account = {
      ...view,
      data: { ...view.data, next: page.next, entries: [...view.data.entries, ...page.entries] },
    };
  } catch (error) {
    state.views.account = { ...view, fault: error.message };
  }
  update();
};

const rightToLeft = /^(ar|he|iw|fa|ur|yi|ps|sd|dv|ku-arab)\b/i;
/** By its language, not by its first letter: a sentence that begins with a number has a direction too. */
const directionOf = (locale) => (rightToLeft.test(locale) ? 'rtl' : 'ltr');

const takes = new Set(['spend', 'refund', 'clawback', 'claw_back', 'reversal', 'expire']);
const signed = ({ type, points }, balanceBefore, balanceAfter) => {
  const grown = balanceBefore === null ? !takes.has(type) : balanceAfter >= balanceBefore;
  return `${points === 0 ? '' : grown ? '+' : '−'}${number(points)}`;
};

const entryRow = (entry, older) => html`<tr key=${entry.sequence}>
  <td data-label="#" class="number">${number(entry.sequence)}</td>
  <th scope="row" data-label="When">${time(entry.createdAt)}</th>
  <td data-label="Type">${entry.type}</td>
  <td data-label="Points" class="number">${signed(entry, older?.balanceAfter ?? (entry.sequence === 1 ? 0 : null), entry.balanceAfter)}</td>
  <td data-label="Balance" class="number"><b>${number(entry.balanceAfter)}</b></td>
  <td data-label="Description" class="description"><bdi dir=${directionOf(entry.locale)} lang=${entry.locale}>${entry.description}</bdi> <small>${entry.locale}</small></td>
  <td data-label="Follow"><a href=${`#/follow?id=${encodeURIComponent(entry.correlationId)}`} aria-label=${`Follow entry ${entry.sequence}`}>follow</a></td>
</tr>`;

const redemptionRow = (each) => html`<tr key=${`${each.rewardId} ${each.createdAt}`}>
  <th scope="row" data-label="When">${time(each.createdAt)}</th>
  <td data-label="Status">${each.status}${each.reason && html` <small>${each.reason}</small>`}</td>
  <td data-label="Points" class="number">${number(each.points)}</td>
  <td data-label="Reward"><code>${each.rewardId}</code></td>
  <td data-label="Follow"><a href=${`#/follow?id=${encodeURIComponent(each.correlationId)}`}>follow</a></td>
</tr>`;

const shown = ({ merchantId, shopDomain, currency, customerId, balance, sequence, entries, next, redemptions }) => html`
  <div class="account">
    <p class="balance"><b>${balance === null ? '–' : number(balance)}</b> points</p>
    <dl class="facts">
      <div><dt>Shop</dt><dd>${shopDomain ?? 'unknown'}${currency && html` <small>${currency}</small>`}</dd></div>
      <div><dt>Merchant</dt><dd><code>${merchantId}</code></dd></div>
      <div><dt>Customer</dt><dd><code>${customerId}</code></dd></div>
      <div><dt>Entries</dt><dd>${sequence === null ? 'none' : number(sequence)}</dd></div>
    </dl>
  </div>
  ${
    entries.length === 0
      ? html`<p class="empty">The ledger has no entries of this customer.</p>`
      : html`<h2>History <small>as the ledger has it, newest first, UTC</small></h2>
      <table class="history">
        <thead><tr><th scope="col" class="number">#</th><th scope="col">When</th><th scope="col">Type</th><th scope="col" class="number">Points</th><th scope="col" class="number">Balance</th><th scope="col">Description</th><th scope="col"></th></tr></thead>
        <tbody>${entries.map((entry, index) => entryRow(entry, entries[index + 1]))}</tbody>
      </table>
      ${next !== null && html`<p class="bar"><button onClick=${more}>Older entries</button></p>`}`
  }
  ${
    redemptions.length > 0 &&
    html`<h2>Redemptions</h2>
    <table>
      <thead><tr><th scope="col">When</th><th scope="col">Status</th><th scope="col" class="number">Points</th><th scope="col">Reward</th><th scope="col"></th></tr></thead>
      <tbody>${redemptions.map(redemptionRow)}</tbody>
    </table>`
  }`;

export const account = () => {
  const asked = askedOf(state.route.query);
  const { data, fault, isLoading } = state.views.account ?? {};
  return html`<section aria-label="Account" aria-busy=${isLoading === true}>
    <form class="filters" onSubmit=${submit} key=${JSON.stringify(asked)}>
      <label>Merchant <input name="merchant" required value=${asked.merchant} placeholder="UUID or acme.myshopify.com" autocomplete="off" spellcheck="false" /></label>
      <label>Customer <input name="customer" required value=${asked.customer} placeholder="UUID or Shopify’s customer id" autocomplete="off" spellcheck="false" /></label>
      <button class="primary">Show</button>
    </form>
    ${fault && html`<p class="fault" role="alert">${fault}</p>`}
    ${data && asked.merchant !== '' && shown(data)}
    ${!data && !fault && html`<p class="empty">${isLoading ? 'Reading the ledger…' : 'Whose account? Each look is noted in the log of the instance.'}</p>`}
  </section>`;
};
