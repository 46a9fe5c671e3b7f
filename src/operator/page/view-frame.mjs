import { del } from './api.mjs';
import { html } from './html.mjs';
import { update } from './state.mjs';
import { account } from './view-account.mjs';
import { deadLetters } from './view-dead-letters.mjs';
import { follow } from './view-follow.mjs';
import { instances, limited } from './view-instances.mjs';
import { overview } from './view-overview.mjs';
import { count, duration, time } from './words.mjs';

const tabs = [
  ['topology', 'Topology'],
  ['dead-letters', 'Dead letters'],
  ['account', 'Account'],
  ['follow', 'Follow'],
  ['limited', 'Limited'],
  ['instances', 'Health'],
];

const views = { topology: overview, 'dead-letters': deadLetters, account, follow, limited, instances };

const logOut = async () => {
  await del('session').catch(() => undefined);
  update({ session: 'closed', overview: null, views: {}, graphs: {} });
};

/** Where a problem is to be seen. */
const placeOf = ({ part }) => {
  if (part.startsWith('part:')) return `#/topology/${encodeURIComponent(part.slice(5).split('/')[0])}`;
  if (part.startsWith('topology:')) return `#/topology/${encodeURIComponent(part.slice(9))}`;
  if (part === 'dead-letters') return '#/dead-letters';
  if (part === 'limited') return '#/limited';
  return '#/instances';
};

const problem = (each) => html`<li class=${`problem ${each.severity}`}>
  <span class="dot" aria-hidden="true"></span>
  <a href=${placeOf(each)}>${each.words}</a>
  ${each.runbook !== null && html`<span class="runbook" title=${`docs/runbooks/${each.runbook}.md`}>runbook <code>${each.runbook}</code></span>`}
</li>`;

const verdict = ({ overview: now, fault }) => {
  if (fault !== null) return ['bad', fault];
  const severities = now.problems.map(({ severity }) => severity);
  const bad = severities.filter((each) => each === 'bad').length;
  const warnings = severities.filter((each) => each === 'warning').length;
  if (bad > 0) return ['bad', count(bad, 'thing is broken', 'things are broken')];
  if (warnings > 0) return ['warning', count(warnings, 'thing to look at', 'things to look at')];
  return ['ok', 'All is well'];
};

export const frame = (state) => {
  const { route, overview: now, overviewAt, fault } = state;
  const [kind, words] = verdict(state);
  const age = Date.now() - overviewAt;
  return html`<div class="frame">
    <a class="skip" href="#main" onClick=${(event) => {
      event.preventDefault();
      document.getElementById('main').focus();
    }}>To the content</a>
    <header>
      <a class="brand" href="#/topology"><span class="mark" aria-hidden="true"></span>Points</a>
      <p class=${`verdict ${kind}`} role="status">${words}</p>
      <p class="age">
        ${fault !== null && age > 4_000 ? `as of ${duration(age)} ago` : html`<span>${time(now.at)} UTC</span>`}
        <button class="plain" onClick=${logOut}>Log out</button>
      </p>
    </header>
    ${now.problems.length > 0 && html`<ul class="problems" aria-label="What is wrong now">${now.problems.map(problem)}</ul>`}
    <nav aria-label="Views">
      ${tabs.map(([name, label]) => {
        const badge =
          name === 'dead-letters' ? now.deadLettersLastHour : name === 'limited' ? now.deferred.merchants.length : 0;
        return html`<a href=${`#/${name}`} aria-current=${route.name === name ? 'page' : undefined}>${label}${badge > 0 && html`<b>${badge}</b>`}</a>`;
      })}
    </nav>
    <main id="main" tabindex="-1">${views[route.name](state)}</main>
  </div>`;
};
