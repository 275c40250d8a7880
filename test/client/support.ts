import { Tollgate, type TollgateOptions } from 'tollgate/client';
import { TokenStore } from '../../src/tokens/tokens.js';
import type { TestService } from '../support/service.js';

/** A cent for every token: a price that is easily followed. */
export const BOOK = {
  book: 'nightveil',
  asset: 'USD',
  models: [{ model: 'm', category: 'text', rates: [{ meter: 'output_tokens', per: '1', price: '0.01' }] }],
};

/** A request that holds a dollar of that book. */
export const CANDIDATES = [{ model: 'm', quantities: { output_tokens: '100' } }];

/** Mints a token with the scope `spend`. */
export async function spendToken(service: TestService): Promise<string> {
  const { token } = await service.app.get(TokenStore).mint({ name: 'gateway', scopes: ['spend'] });
  return token;
}

/** A client of the service, or of what stands in front of it. */
export async function openClient(
  service: TestService,
  { port = service.port, ...options }: Partial<TollgateOptions> & { readonly port?: number } = {},
): Promise<Tollgate> {
  return new Tollgate({ address: `127.0.0.1:${port}`, token: await spendToken(service), ...options });
}

/** What a call was rejected with. Fails where it was not. */
export async function rejection(call: Promise<unknown>): Promise<unknown> {
  const nothing = Symbol('nothing');
  const error = await call.then(
    () => nothing,
    (reason: unknown) => reason,
  );
  if (error === nothing) throw new Error('the call was not rejected');
  return error;
}
