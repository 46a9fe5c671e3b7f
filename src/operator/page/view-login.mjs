import { ApiError, post } from './api.mjs';
import { html } from './html.mjs';
import { poll, state, update } from './state.mjs';

const submit = async (event) => {
  event.preventDefault();
  const input = event.target.elements.token;
  update({ login: { isBusy: true } });
  try {
    await post('session', { token: input.value.trim() });
    update({ login: {}, session: 'unknown' });
    await poll();
  } catch (error) {
    const wait = error instanceof ApiError && error.status === 429;
    update({ login: { fault: error.message, wait } });
    input.select();
  }
};

export const login = () => {
  const { fault, isBusy } = state.login ?? {};
  return html`<main class="login">
    <form onSubmit=${submit} class="panel">
      <h1><span class="mark" aria-hidden="true"></span>Points</h1>
      <input class="skip" name="username" autocomplete="username" value="operator" tabindex="-1" aria-hidden="true" readonly />
      <label for="token">Operator token</label>
      <input id="token" name="token" type="password" autocomplete="current-password" required autofocus
        aria-describedby="login-fault" spellcheck="false" />
      <p id="login-fault" class="fault" role="alert">${fault ?? ''}</p>
      <button class="primary" disabled=${isBusy}>Log in</button>
    </form>
  </main>`;
};
