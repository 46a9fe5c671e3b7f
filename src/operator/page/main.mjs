import { html, render } from './html.mjs';
import { onChange, poll, readRoute, state, update, watch } from './state.mjs';
import { frame } from './view-frame.mjs';
import { login } from './view-login.mjs';
import { openAccount } from './view-account.mjs';
import { openDeadLetters } from './view-dead-letters.mjs';
import { openFollow } from './view-follow.mjs';

const root = document.getElementById('page');

const openers = { 'dead-letters': openDeadLetters, account: openAccount, follow: openFollow };
const open = (route) => openers[route.name]?.(route);

/** On a phone the tabs are wider than the screen. */
let shownTab = '';
const showTab = () => {
  const tab = document.querySelector('nav a[aria-current]');
  if (tab === null || tab.hash === shownTab) return;
  shownTab = tab.hash;
  tab.scrollIntoView({ inline: 'center', block: 'nearest' });
};

let wasOpen = false;
onChange(() => {
  const isOpen = state.session === 'open';
  render(
    state.session === 'closed'
      ? html`<${login} />`
      : isOpen
        ? frame(state)
        : html`<p class="loading">${state.fault ?? 'Loading…'}</p>`,
    root,
  );
  // What a link asks for is loaded once somebody has logged in.
  if (isOpen && !wasOpen) open(state.route);
  wasOpen = isOpen;
  showTab();
});

watch(open);
root.textContent = '';
update({ route: readRoute() });
await poll();
