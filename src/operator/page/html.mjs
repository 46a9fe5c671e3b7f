// One door to the two libraries. Text is always text: preact escapes what stands between ${ }.
import { h, render } from './lib/preact.mjs';
import htm from './lib/htm.mjs';

export const html = htm.bind(h);
export { render };
