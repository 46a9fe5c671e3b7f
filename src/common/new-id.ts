import { randomUUID } from 'node:crypto';

/** Makes a UUID that nobody else makes; handed in, so that tests know it. */
export type NewId = () => string;

export const randomId: NewId = () => randomUUID();
