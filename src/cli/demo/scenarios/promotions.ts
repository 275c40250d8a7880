import type { Desk } from '../desk.js';
import { newId } from '../own-ids.js';
import type { Customer } from '../traffic.js';
import { until } from './waiting.js';

const MODEL = 'claude-opus-4-5';
const PLANNED_MODEL = 'studio-pro';
const GRANT_MS = 1500;

/** A book in another asset, of one model that only subscribers may use. */
const STUDIO_BOOK = {
  book: 'studio',
  asset: 'CREDIT',
  models: [
    { model: PLANNED_MODEL, category: 'text', plans: ['pro'], rates: [{ meter: 'requests', per: '1', price: '1' }] },
  ],
};

/** An account with a grant that runs out, a credit line, two price books and, in the end, nothing more. */
export class Promotions {
  #customer: Customer | undefined;

  constructor(private readonly desk: Desk) {}

  async begin(): Promise<void> {
    const { desk } = this;
    await desk.connection.must('PriceService', 'Import', { contentJson: JSON.stringify(STUDIO_BOOK) });
    const accountId = await desk.openAccount('Trial & Error', {
      books: { byAsset: { USD: 'nightveil', CREDIT: 'studio' } },
      creditLimits: { byAsset: { USD: '1' } },
    });
    await desk.grant(accountId, '0.5', GRANT_MS, 'welcome');
    this.#customer = await desk.mint(accountId, 'trial');
    const planned = await desk.tryReserve(this.#customer, PLANNED_MODEL, { requests: '1' });
    desk.refused('model of a plan that was not bought', 'SUBSCRIPTION_REQUIRED', planned, {
      field: 'candidates[0].model',
    });
    await desk.charge(this.#customer, MODEL, { output_tokens: '2000' });
  }

  /** The rest, once the grant has run out. */
  async end(): Promise<void> {
    const { desk } = this;
    const customer = this.#customer;
    if (!customer) throw new Error('the promotions were not begun');
    const { accountId } = customer;
    await until('the grant expires', async () => (await this.#availableOf(accountId)) === '1');
    await desk.charge(customer, MODEL, { output_tokens: '10000' });
    const lowered = await desk.updateAccount(accountId, { creditLimits: { byAsset: { USD: '0.1' } } });
    desk.refused('credit limit below what is drawn of it', 'CREDIT_LIMIT_IN_USE', lowered, {
      details: { used: '0.45' },
    });
    const booked = await desk.fund(accountId, '1', 'wire-2001');
    desk.agreement.same('a payment after credit was drawn: repaid', '0.45', booked.creditRepaid ?? '0');
    await desk.changeAccount(accountId, { status: 'ACCOUNT_STATUS_CLOSED' });
    const fund = { id: newId(), accountId, asset: 'USD', amount: '1', reference: 'wire-2002' };
    desk.refused(
      'payment into a closed account',
      'ACCOUNT_CLOSED',
      await desk.connection.call('AccountService', 'Fund', fund),
    );
  }

  async #availableOf(accountId: string): Promise<string | undefined> {
    const { balances } = await this.desk.connection.must<{ balances?: { available: string }[] }>(
      'AccountService',
      'GetBalance',
      { accountId, asset: 'USD' },
    );
    return balances?.[0]?.available;
  }
}
