// What the page knows, and what it does when that changes: everything is drawn anew from this one object.
import { ApiError, get } from './api.mjs';

const pollEveryMs = 2_000;
/** Beneath it a picture is read from top to bottom. */
const narrow = matchMedia('(max-width: 719px)');

export const state = {
  route: { name: 'topology', path: [], query: new URLSearchParams() },
  session: 'unknown',
  overview: null,
  overviewAt: 0,
  /** Why the newest overview could not be had. */
  fault: null,
  /** By topology's name, and '' for the whole. */
  graphs: {},
  isNarrow: narrow.matches,
  /** Of each view what it has loaded; see `load`. */
  views: {},
};

let draw = () => undefined;
let isDue = false;

export const onChange = (callback) => {
  draw = callback;
};

export const update = (changes = {}) => {
  Object.assign(state, changes);
  if (isDue) return;
  isDue = true;
  // Not requestAnimationFrame alone: a page in the background is to be right when it comes back.
  queueMicrotask(() => {
    isDue = false;
    draw();
  });
};

const isLoggedOut = (error) => error instanceof ApiError && error.status === 401;

/** Whatever says that nobody is logged in shows the form. */
export const failed = (error) => {
  if (isLoggedOut(error)) update({ session: 'closed', overview: null, views: {}, graphs: {} });
  return error.message;
};

/** Loads what a view shows; what was there stays until then. An answer that comes late for something else is dropped. */
export const load = async (view, key, ask) => {
  const before = state.views[view];
  const mine = { ...(before?.key === key ? before : {}), key, isLoading: true, fault: null };
  state.views[view] = mine;
  update();
  try {
    const data = await ask();
    if (state.views[view]?.key === key) state.views[view] = { key, data, isLoading: false, fault: null };
  } catch (error) {
    const fault = failed(error);
    if (state.views[view]?.key === key) state.views[view] = { ...mine, isLoading: false, fault };
  }
  update();
};

export const graphKey = (topology) => `${topology ?? ''} ${state.isNarrow ? 'TB' : 'LR'}`;

const loadGraph = async (topology, stamp) => {
  const key = graphKey(topology);
  if (state.graphs[key]?.stamp === stamp) return;
  const graph = await get('graph', { topology, direction: state.isNarrow ? 'TB' : 'LR' });
  state.graphs[key] = { stamp, graph };
};

let timer;
let isPolling = false;

/** The overview, and the picture where its shape may have changed. Nobody asks while nobody looks. */
export const poll = async () => {
  clearTimeout(timer);
  if (document.hidden || state.session === 'closed' || isPolling) return;
  isPolling = true;
  try {
    const overview = await get('overview');
    const stamp = overview.parts.map(({ id }) => id).join();
    if (state.route.name === 'topology') await loadGraph(state.route.path[0] ?? null, stamp);
    update({ session: 'open', overview, overviewAt: Date.now(), fault: null });
  } catch (error) {
    update({ fault: failed(error) });
  } finally {
    isPolling = false;
    timer = setTimeout(poll, pollEveryMs);
  }
};

const names = ['topology', 'dead-letters', 'account', 'follow', 'limited', 'instances'];

export const readRoute = () => {
  const [pathText = '', queryText = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, ...path] = pathText.split('/').map((part) => decodeURIComponent(part));
  const known = names.includes(name) ? name : 'topology';
  return { name: known, path: known === name ? path : [], query: new URLSearchParams(queryText) };
};

export const watch = (onRoute) => {
  addEventListener('hashchange', () => {
    update({ route: readRoute() });
    onRoute(state.route);
    void poll();
    scrollTo(0, 0);
  });
  document.addEventListener('visibilitychange', () => void poll());
  narrow.addEventListener('change', () => {
    update({ isNarrow: narrow.matches });
    void poll();
  });
};
