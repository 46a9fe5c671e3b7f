/** An Auth in a process of its own, to be killed and frozen. Says where it is and issues tokens, one a line. */
import { startAuthServer } from '../../src/ops/dev/auth-server.ts';
import { customer, merchant } from './authorization.table.ts';

const [, , port, keyFolder] = process.argv;
const auth = await startAuthServer({ port: Number(port), keyFolder: keyFolder ?? '' });
const scopes = ['merchant:points:view', 'merchant:points:redeem', 'merchant:points:pos'];
const issue = () => auth.issueToken({ merchantId: merchant, customerId: customer, scopes });
process.stdout.write(`${JSON.stringify({ address: auth.address, tokens: [await issue(), await issue()] })}\n`);
