// Questions to the instance that has sent this page.

export class ApiError extends Error {
  constructor(status, detail, retryAfter) {
    super(detail);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

const answerOf = async (response) => {
  if (response.status === 204) return null;
  const body = await response.json().catch(() => null);
  if (response.ok) return body;
  const detail = body?.detail ?? `The instance answered ${response.status}`;
  throw new ApiError(response.status, detail, Number(response.headers.get('retry-after') ?? 0));
};

const call = async (path, options = {}) => {
  let response;
  try {
    response = await fetch(`/operator/api/${path}`, { credentials: 'same-origin', cache: 'no-store', ...options });
  } catch (error) {
    if (error?.name === 'AbortError') throw error;
    throw new ApiError(0, 'The instance does not answer');
  }
  return answerOf(response);
};

/** Query strings; what is empty is left out. */
const query = (values) =>
  new URLSearchParams(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  ).toString();

export const get = (path, values = {}, options = {}) => {
  const text = query(values);
  return call(text === '' ? path : `${path}?${text}`, options);
};

const headers = { 'content-type': 'application/json', 'x-points-operator': 'page' };

export const post = (path, body = {}) => call(path, { method: 'POST', headers, body: JSON.stringify(body) });

export const del = (path) => call(path, { method: 'DELETE', headers: { 'x-points-operator': 'page' } });
