/** Longer than any token Auth issues; what is beyond it is not worth a question to Auth. Characters. */
const maxTokenLength = 8_192;

/** RFC 6750's b64token: nothing that a log line, a header or Auth could take for something else. */
const bearer = /^bearer +([\w.~+/-]+=*) *$/i;

/**
 * The token in the values of the metadata key or header `authorization`; undefined unless there is exactly one value of the form
 * `Bearer <token>`. Two values are refused: nobody could say which of them was meant. (Of two in one gRPC call Node's HTTP/2 keeps
 * the first before anybody sees them.)
 */
export function bearerToken(values: readonly (string | Buffer)[]): string | undefined {
  const [value, ...others] = values;
  if (typeof value !== 'string' || others.length > 0) return undefined;
  const token = bearer.exec(value)?.[1];
  return token === undefined || token.length > maxTokenLength ? undefined : token;
}
