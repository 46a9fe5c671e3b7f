/** Longer than any token Auth issues; what is beyond it is not worth a question to Auth. Characters. */
const maxTokenLength = 8_192;

const bearer = /^bearer +([^\s]+) *$/i;

/**
 * The token in the values of the metadata key or header `authorization`; undefined unless there is exactly one value of the form
 * `Bearer <token>`. Two values are refused: nobody could say which of them was meant.
 */
export function bearerToken(values: readonly (string | Buffer)[]): string | undefined {
  const [value, ...others] = values;
  if (typeof value !== 'string' || others.length > 0) return undefined;
  const token = bearer.exec(value)?.[1];
  return token === undefined || token.length > maxTokenLength ? undefined : token;
}
