import { get, post } from './api.mjs';
import { html } from './html.mjs';
import { failed, state, update } from './state.mjs';
import { count, number, time } from './words.mjs';

const watchEveryMs = 500;

const change = (changes) => update({ replay: { ...state.replay, ...changes } });

export const forgetReplay = () => {
  // One that runs is shown on.
  if (state.replay?.run?.state !== 'running') update({ replay: null });
};

/** Says what would be copied; copies nothing. */
export const startDryRun = async (selection, what) => {
  update({ replay: { what, isBusy: true } });
  try {
    update({ replay: { what, dryRun: await post('replays/dry-run', selection) } });
  } catch (error) {
    update({ replay: { what, fault: failed(error) } });
  }
};

const watch = async (id) => {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, watchEveryMs));
    try {
      const run = await get(`replays/${encodeURIComponent(id)}`);
      change({ run, fault: null });
      if (run.state !== 'running') return;
    } catch (error) {
      change({ fault: failed(error) });
      if (error.status !== 0 && error.status !== 503) return;
    }
  }
};

const go = async () => {
  const { job, seal } = state.replay.dryRun;
  change({ isBusy: true });
  try {
    const run = await post('replays', { job, seal });
    change({ run, isBusy: false });
    await watch(run.id);
  } catch (error) {
    change({ fault: failed(error), isBusy: false });
  }
};

const stop = () =>
  post(`replays/${encodeURIComponent(state.replay.run.id)}/stop`).catch((error) => change({ fault: failed(error) }));

const counts = (title, entries) =>
  entries.length > 0 &&
  html`<div><h3>${title}</h3><ul>${entries.slice(0, 8).map(([name, records]) => html`<li key=${name}><code>${name}</code><span>${number(records)}</span></li>`)}${entries.length > 8 && html`<li>and ${number(entries.length - 8)} more</li>`}</ul></div>`;

const told = ({
  tally,
  sample,
}) => html`<p><b>${count(tally.records, 'record')}</b> would be copied to <code>points.replay</code>${tally.oldest !== null && `, of ${time(tally.oldest)} to ${time(tally.newest)}`}. What was applied before changes nothing.</p>
  <div class="counts">
    ${counts('By error', Object.entries(tally.errors))}
    ${counts('By merchant', Object.entries(tally.merchants))}
    ${counts(
      'Skipped',
      tally.skipped.map(({ why, records }) => [why, records]),
    )}
  </div>
  ${sample.length > 0 && html`<h3>${sample.length === tally.records ? 'They are' : 'The newest of them'}</h3><ul class="sample">${sample.map((letter) => html`<li key=${`${letter.partition}/${letter.offset}`}><code>${letter.partition}/${letter.offset}</code> <code>${letter.code}</code> <bdi>${letter.message}</bdi></li>`)}</ul>`}`;

const progress = ({ id, records, copied, state: runState, error }) => html`<p role="status">
    ${runState === 'running' && html`Copying: ${number(copied)} of ${number(records)}`}
    ${runState === 'done' && html`<b>Done:</b> ${count(copied, 'record')} copied to <code>points.replay</code>. What becomes of them is decided now.`}
    ${(runState === 'failed' || runState === 'stopped') && html`<b>${runState === 'failed' ? 'Failed' : 'Stopped'}</b> after ${count(copied, 'record')}: ${error}. <code>points replay --resume ${id} --go</code> takes it up again.`}
  </p>
  <progress max=${Math.max(1, records)} value=${copied} aria-label="Records copied"></progress>
  <p class="hint">Begin and end are in <code>audit_log</code>. <a href=${`#/follow?id=${encodeURIComponent(id)}`}>Follow this replay</a></p>`;

export const replayPanel = () => {
  const { replay } = state;
  if (!replay) return null;
  const { what, dryRun, run, fault, isBusy } = replay;
  return html`<section class="panel replay" aria-label="Replay" aria-busy=${isBusy === true}>
    <h2>Replay of ${what}${run === undefined && html` <small>dry run: nothing has been copied</small>`}</h2>
    ${isBusy && dryRun === undefined && html`<p>Reading what would be copied…</p>`}
    ${dryRun !== undefined && run === undefined && told(dryRun)}
    ${run !== undefined && progress(run)}
    ${fault && html`<p class="fault" role="alert">${fault}</p>`}
    <p class="bar">
      ${dryRun !== undefined && run === undefined && html`<button class="danger" disabled=${isBusy || dryRun.tally.records === 0} onClick=${go}>Copy ${count(dryRun.tally.records, 'record')} now</button>`}
      ${run?.state === 'running' && html`<button onClick=${stop}>Stop</button>`}
      ${run?.state !== 'running' && html`<button class="plain" onClick=${() => update({ replay: null })}>Close</button>`}
    </p>
  </section>`;
};
