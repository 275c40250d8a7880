import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { newId } from '../support/ids.js';
import { brokenBooks } from './books-check.js';
import { countNames, nameOf, openCustomer, releaseOf, reserveUnits, settleUnits } from './scenario.js';

describe('ids are idempotency keys', () => {
  let engine: EngineFixture;
  let other: EngineFixture;
  beforeAll(async () => {
    engine = await startEngine({ book: TABLE_BOOK });
    other = await startEngine({ on: engine });
  });
  afterAll(async () => {
    await other.stop();
    await engine.stop();
  });

  test('the same id 50 times at once over two processes: one hold and 50 equal answers', async () => {
    const customer = await openCustomer(engine.ledger, '10');
    const command = reserveUnits(customer, '7');
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, n) => (n % 2 ? engine : other).ledger.submit(command)),
    );
    expect(countNames(outcomes)).toEqual({ ok: 1, replayed: 49 });
    const values = outcomes.map((outcome) => (outcome.ok ? outcome.value : outcome.code));
    for (const value of values) expect(value).toEqual(values[0]);
    const { rows } = await engine.owner.query('SELECT held FROM pocket WHERE account_id = $1', [customer.accountId]);
    expect(rows[0].held).toBe('7000000000');
  });

  test('the same id with other content is ID_CONFLICT and names the field, in one batch and later', async () => {
    const customer = await openCustomer(engine.ledger, '10');
    const id = newId();
    const [first, second] = await Promise.all([
      engine.ledger.submit(reserveUnits(customer, '1', id)),
      engine.ledger.submit(reserveUnits(customer, '2', id)),
    ]);
    expect(nameOf(first)).toBe('ok');
    expect(second).toMatchObject({ ok: false, code: 'ID_CONFLICT', field: 'candidates[0].quantities.units' });
    expect(await engine.ledger.submit(reserveUnits(customer, '1', id, 5000))).toMatchObject({
      code: 'ID_CONFLICT',
      field: 'ttl_ms',
    });
  });

  test('a retry of the Reserve that took the whole balance is answered with its hold', async () => {
    const customer = await openCustomer(engine.ledger, '10');
    const command = reserveUnits(customer, '10');
    expect(nameOf(await engine.ledger.submit(command))).toBe('ok');
    expect(await other.ledger.submit(command)).toMatchObject({
      ok: true,
      replayed: true,
      reservation: 'HELD',
      value: { hold: '10' },
    });
  });

  test('a replayed Reserve tells what the reservation is now', async () => {
    const customer = await openCustomer(engine.ledger, '10');
    const settled = reserveUnits(customer, '1');
    const released = reserveUnits(customer, '1');
    for (const command of [
      settled,
      released,
      settleUnits(customer, settled.id, '1'),
      releaseOf(customer, released.id),
    ]) {
      expect(nameOf(await engine.ledger.submit(command))).toBe('ok');
    }
    expect(await engine.ledger.submit(settled)).toMatchObject({ replayed: true, reservation: 'SETTLED' });
    expect(await engine.ledger.submit(released)).toMatchObject({ replayed: true, reservation: 'RELEASED' });
  });

  test('the same id twice in one batch is carried out once, whatever it is', async () => {
    const customer = await openCustomer(engine.ledger, '10');
    const reservation = reserveUnits(customer, '3');
    await engine.ledger.submit(reservation);
    const settle = settleUnits(customer, reservation.id, '2');
    const outcomes = await Promise.all([
      engine.ledger.submit(settle),
      engine.ledger.submit(settle),
      engine.ledger.submit(releaseOf(customer, reservation.id)),
    ]);
    expect(outcomes.map(nameOf)).toEqual(['ok', 'replayed', 'ALREADY_SETTLED']);
  });

  test('a Release that overtakes its Reserve in the same batch wins', async () => {
    const customer = await openCustomer(engine.ledger, '10');
    const reservation = reserveUnits(customer, '3');
    const outcomes = await Promise.all([
      engine.ledger.submit(releaseOf(customer, reservation.id)),
      engine.ledger.submit(reservation),
    ]);
    expect(outcomes.map(nameOf)).toEqual(['ok', 'ALREADY_RELEASED']);
  });

  test('an id older than the journal is never carried out; one too far ahead neither', async () => {
    const customer = await openCustomer(engine.ledger, '10');
    const old = reserveUnits(customer, '1', newId(Date.UTC(2020, 0, 1)));
    const ahead = reserveUnits(customer, '1', newId(Date.now() + 3 * 24 * 3_600_000));
    expect(await engine.ledger.submit(old)).toMatchObject({ ok: false, code: 'ID_TOO_OLD', field: 'id' });
    expect(await engine.ledger.submit(ahead)).toMatchObject({ ok: false, code: 'VALIDATION', field: 'id' });
    expect(await engine.ledger.submit(releaseOf(customer, old.id))).toMatchObject({
      ok: false,
      code: 'ID_TOO_OLD',
      field: 'reservation_id',
    });
    expect(await brokenBooks(engine.owner)).toEqual([]);
  });
});
