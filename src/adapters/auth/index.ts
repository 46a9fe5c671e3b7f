export { createAuthClient } from './auth-client.ts';
export { createTokenValidator } from './token-validator.ts';
