import { describe, expect, test } from '@jest/globals';
import { Agreement } from './agreement.js';
import type { AccountBooks, TrialBalance } from './books.js';
import { ClientRecord } from './client-record.js';
import { compareAccount, compareTrialBalance } from './compare.js';
import { OwnPrices } from './own-prices.js';

const ACCOUNT = 'account';
const USAGE = { output_tokens: '100' };
const BOOK = {
  book: 'test',
  asset: 'USD',
  models: [{ model: 'm', category: 'text', rates: [{ meter: 'output_tokens', per: '1', price: '0.01' }] }],
};

/** A gateway that was told of one payment of 10, one charge of 1 and one hold of 0.5. */
function recorded(): { record: ClientRecord; agreement: Agreement } {
  const agreement = new Agreement();
  const record = new ClientRecord(new OwnPrices(BOOK), agreement);
  record.open(ACCOUNT, 'Test');
  record.funded('fund', { accountId: ACCOUNT, amount: '10', pocketId: 'paid' });
  record.charged('charge', USAGE, '0.4', {
    chargeId: 'charge',
    accountId: ACCOUNT,
    keyId: 'key',
    model: 'm',
    asset: 'USD',
    final: true,
    amount: '1',
    total: '1',
    shortfall: '0',
    draws: [{ pocketId: 'paid', amount: '1' }],
    available: '9',
  });
  record.held(ACCOUNT, 'open', 500_000_000n);
  return { record, agreement };
}

function books(): AccountBooks {
  const usage = { asset: 'USD', requests: 1, usage: USAGE, amount: '1', refunded: '0', cost: '0.4' };
  const line = { atMs: 0, commandType: '', asset: 'USD' };
  return {
    balance: { asset: 'USD', available: '8.5', held: '0.5', balance: '9', creditDrawn: '0', shortfall: '0' },
    statement: {
      opening: '0',
      lines: [
        { ...line, commandId: 'fund', kind: 'deposit', amount: '10', balance: '10' },
        { ...line, commandId: 'charge', kind: 'settle', amount: '-1', balance: '9' },
      ],
      closing: '9',
      totals: [
        { kind: 'deposit', amount: '10', count: 1 },
        { kind: 'settle', amount: '-1', count: 1 },
      ],
    },
    byKey: [{ ...usage, keyId: 'key' }],
    byModel: [{ ...usage, model: 'm' }],
    usageTotal: usage,
  };
}

function trial(revenue: string): TrialBalance {
  const row = { asset: 'USD', debits: '0', credits: '0' };
  return {
    balanced: true,
    rows: [
      { ...row, account: 'custody', balance: '-10' },
      { ...row, account: 'revenue', balance: revenue },
      { ...row, account: 'customers', balance: '9' },
    ],
  };
}

function disagreements(change: (got: AccountBooks) => AccountBooks): string[] {
  const { record, agreement } = recorded();
  compareAccount(agreement, record.account(ACCOUNT), change(books()), 0);
  return agreement.disagreements.map(({ what, expected, got }) => `${what}: ${expected}, not ${got}`);
}

describe('the comparison of the books with the gateway’s own record', () => {
  test('finds nothing where both say the same', () => {
    expect(disagreements((got) => got)).toEqual([]);
  });

  test.each<[string, (got: AccountBooks) => AccountBooks]>([
    ['Test: balance: 9, not 8.999999999', (got) => ({ ...got, balance: { ...got.balance, balance: '8.999999999' } })],
    ['Test: held: 0.5, not 0', (got) => ({ ...got, balance: { ...got.balance, held: '0' } })],
    ['Test: available: 8.5, not 9', (got) => ({ ...got, balance: { ...got.balance, available: '9' } })],
    ['Test: statement closes with: 9, not 10', (got) => ({ ...got, statement: { ...got.statement, closing: '10' } })],
    [
      'Test: statement of command charge: -1, not 0',
      (got) => ({ ...got, statement: { ...got.statement, lines: got.statement.lines.slice(0, 1) } }),
    ],
    ['Test: key key: requests: 1, not 0', (got) => ({ ...got, byKey: [] })],
    [
      'Test: model m: output_tokens: 100, not 101',
      (got) => ({ ...got, byModel: got.byModel.map((row) => ({ ...row, usage: { output_tokens: '101' } })) }),
    ],
  ])('finds %s', (found, change) => {
    expect(disagreements(change)).toContain(found);
  });

  test('finds an answer that is not what the usage costs', () => {
    const { record, agreement } = recorded();
    const charged = {
      chargeId: 'c',
      accountId: ACCOUNT,
      keyId: 'key',
      model: 'm',
      asset: 'USD',
      final: true,
      shortfall: '0',
      available: '8',
    };
    record.charged('c', { output_tokens: '1' }, undefined, { ...charged, amount: '0.02', total: '0.02' });
    expect(agreement.disagreements.map(({ what }) => what)).toContain('charge c of m: total');
  });

  test('finds a trial balance that does not follow from the accounts', () => {
    const { record, agreement } = recorded();
    compareTrialBalance(agreement, record, trial('1'), 0);
    expect(agreement.disagreements).toEqual([]);
    compareTrialBalance(agreement, record, trial('1.1'), 0);
    expect(agreement.disagreements).toEqual([
      { what: 'trial balance: revenue', expected: '1', got: '1.1' },
      { what: 'trial balance: sum of all accounts', expected: '0', got: '0.1' },
    ]);
  });
});
