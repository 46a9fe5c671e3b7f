import { setting } from './setting.ts';
import { matching } from './values.ts';

/** Who may look into a running service. */
export const operators = {
  operatorToken: setting({
    ...{ name: 'POINTS_OPERATOR_TOKEN', optional: true, secret: true },
    about: 'Opens the operators’ page at /operator; not set: there is no page, and this process is on none',
    shape: matching(/^[\x21-\x7e]{32,512}$/, 'of 32 to 512 characters, none of them a space'),
  }),
} as const;
