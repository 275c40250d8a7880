import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseSignedAmount } from '../../src/core/money/amount.js';
import { assetOf } from '../../src/core/money/asset.js';
import type { StatementClosing, StatementLine, StatementOpening, StatementQuery } from '../../src/exports/statement.js';
import { Statements } from '../../src/exports/statements.js';
import { JournalReader } from '../../src/journal/journal-reader.js';
import { openCustomer, reserveUnits, settleUnits, succeed } from '../engine/scenario.js';
import { fillBooks } from '../followers/books.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { newId } from '../support/ids.js';

interface Read {
  readonly opening: StatementOpening;
  readonly lines: readonly StatementLine[];
  readonly closing: StatementClosing;
}

function usd(text = '0'): bigint {
  const parsed = parseSignedAmount(text, assetOf('USD'));
  if (!parsed.ok) throw new Error(parsed.expected);
  return parsed.minor;
}

describe('statements', () => {
  let engine: EngineFixture;
  let statements: Statements;
  let accountIds: readonly string[];

  beforeAll(async () => {
    engine = await startEngine({ book: TABLE_BOOK, buckets: 4 });
    statements = new Statements(engine.database, new JournalReader(engine.database));
    ({ accountIds } = await fillBooks(engine, 77, 12, 120));
  });
  afterAll(() => engine.stop());

  async function read(query: StatementQuery): Promise<Read> {
    const answer = await statements.statement(query);
    if (!answer.ok) throw new Error(`${answer.code} ${answer.message}`);
    const parts = [];
    for await (const part of answer.parts) parts.push(part);
    const [opening, ...rest] = parts;
    const closing = rest.pop();
    if (opening?.type !== 'opening' || closing?.type !== 'closing')
      throw new Error('expected an opening and a closing');
    return { opening, lines: rest as StatementLine[], closing };
  }

  test('lines lead from the opening to the closing, and the last closing is what the pockets hold', async () => {
    let lines = 0;
    for (const accountId of accountIds) {
      const statement = await read({ accountId });
      expect(usd(statement.opening.byAsset['USD'])).toBe(0n);
      let balance = 0n;
      const totals = new Map<string, bigint>();
      for (const line of statement.lines) {
        balance += usd(line.amount);
        expect(usd(line.balance)).toBe(balance);
        totals.set(line.kind, (totals.get(line.kind) ?? 0n) + usd(line.amount));
      }
      lines += statement.lines.length;
      expect(usd(statement.closing.byAsset['USD'])).toBe(balance);
      expect(new Map(statement.closing.totals.map(({ kind, amount }) => [kind, usd(amount)]))).toEqual(totals);
      const { rows } = await engine.owner.query(
        'SELECT coalesce(sum(balance), 0) AS held FROM pocket WHERE account_id = $1',
        [accountId],
      );
      expect(balance).toBe(BigInt(rows[0].held));
    }
    expect(lines).toBeGreaterThan(100);
  });

  test('cut anywhere, the parts are the whole', async () => {
    for (const accountId of accountIds.slice(0, 8)) {
      const whole = await read({ accountId });
      const cuts = whole.lines.filter((_, index) => index % 7 === 3).map(({ at }) => at);
      for (const cut of cuts) {
        const first = await read({ accountId, to: cut });
        const second = await read({ accountId, from: cut });
        expect(first.closing.byAsset).toEqual(second.opening.byAsset);
        expect([...first.lines, ...second.lines]).toEqual(whole.lines);
        expect(second.closing.byAsset).toEqual(whole.closing.byAsset);
      }
    }
  });

  test('a line says what it was for', async () => {
    const customer = await openCustomer(engine.ledger, '10');
    const { accountId, keyId } = customer;
    const reservation = reserveUnits(customer, '3');
    await succeed(engine.ledger, reservation);
    await succeed(engine.ledger, settleUnits(customer, reservation.id, '2'));
    await succeed(engine.ledger, {
      type: 'Adjust',
      id: newId(),
      accountId,
      asset: 'USD',
      amount: '-1',
      reason: 'goodwill',
    });
    const { lines, closing } = await read({ accountId, asset: 'USD' });
    expect(lines).toMatchObject([
      { kind: 'deposit', commandType: 'Fund', amount: '10', balance: '10', note: expect.any(String) },
      {
        kind: 'settle',
        commandType: 'Settle',
        commandId: reservation.id,
        amount: '-2',
        balance: '8',
        keyId,
        model: 'unit',
      },
      { kind: 'adjustment', commandType: 'Adjust', amount: '-1', balance: '7', note: 'goodwill' },
    ]);
    expect(closing).toMatchObject({
      byAsset: { USD: '7' },
      totals: [{ kind: 'adjustment', count: 1 }, { kind: 'deposit' }, { kind: 'settle' }],
    });
    expect((await read({ accountId, asset: 'CREDIT' })).lines).toEqual([]);
  });

  test('a statement that makes no sense is refused by its field', async () => {
    const accountId = accountIds[0] ?? '';
    expect(await statements.statement({ accountId, from: 2, to: 1 })).toMatchObject({
      code: 'VALIDATION',
      field: 'to_at_ms',
    });
    expect(await statements.statement({ accountId, asset: 'EUR' })).toMatchObject({
      code: 'VALIDATION',
      field: 'asset',
      allowed: ['USD', 'CREDIT'],
    });
    expect(await statements.statement({ accountId: newId() })).toMatchObject({ code: 'ACCOUNT_NOT_FOUND' });
  });
});
