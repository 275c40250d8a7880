import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Command } from '../../src/core/ledger/commands.js';
import type { Outcome } from '../../src/core/ledger/outcome.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';
import { newId } from '../support/ids.js';
import { brokenBooks } from './books-check.js';
import { warmUp } from './rival.js';
import { type Customer, nameOf, openCustomer, releaseOf, reserveUnits, succeed } from './scenario.js';

describe('an engine that knows its accounts', () => {
  let warm: EngineFixture;
  let other: EngineFixture;
  let customer: Customer;
  beforeAll(async () => {
    other = await startEngine({ book: TABLE_BOOK });
    warm = await startEngine({ on: other });
  });
  beforeEach(async () => {
    customer = await openCustomer(other.ledger, '10');
    await warmUp(warm, customer);
  });
  afterAll(async () => {
    expect(await brokenBooks(other.owner)).toEqual([]);
    await warm.stop();
    await other.stop();
  });

  async function submitAll(commands: readonly Command[]): Promise<Outcome[]> {
    return Promise.all(commands.map((command) => warm.ledger.submit(command)));
  }

  async function rowsUnder(ids: readonly string[]): Promise<number> {
    const { rows } = await other.owner.query('SELECT count(*)::int AS n FROM journal WHERE command_id = any($1)', [
      ids,
    ]);
    return rows[0].n;
  }

  const chargeOf = (units: string, id = newId()): Command => ({
    type: 'Charge',
    id,
    accountId: customer.accountId,
    keyId: customer.keyId,
    model: 'unit',
    usage: { units },
    dimensions: {},
    incurred: false,
  });

  test.each([
    ['Reserve', (units: string, id: string) => reserveUnits(customer, units, id), 'candidates[0].quantities.units'],
    ['Charge', (units: string, id: string) => chargeOf(units, id), 'usage.units'],
  ] as const)('recognises a %s that another has carried out', async (_type, make, field) => {
    const id = newId();
    await succeed(other.ledger, make('2', id));
    await warmUp(warm, customer);
    expect(await warm.ledger.submit(make('3', id))).toMatchObject({ code: 'ID_CONFLICT', field });
    await warmUp(warm, customer);
    expect(nameOf(await warm.ledger.submit(make('2', id)))).toBe('replayed');
    expect(await rowsUnder([id])).toBe(1);
  });

  test('recognises one among others, which are all carried out once', async () => {
    const [replayed, conflict] = [reserveUnits(customer, '1'), reserveUnits(customer, '1')];
    for (const command of [replayed, conflict]) await succeed(other.ledger, command);
    await warmUp(warm, customer);
    const fresh = Array.from({ length: 4 }, () => reserveUnits(customer, '1'));
    const [one, two, three, four] = fresh as [Command, Command, Command, Command];
    const outcomes = await submitAll([one, replayed, two, three, reserveUnits(customer, '2', conflict.id), four]);
    expect(outcomes.map(nameOf)).toEqual(['ok', 'replayed', 'ok', 'ok', 'ID_CONFLICT', 'ok']);
    expect(await rowsUnder(fresh.map(({ id }) => id))).toBe(4);
  });

  test('answers a retry with its hold, though it would be refused now', async () => {
    const whole = reserveUnits(customer, '10');
    await succeed(other.ledger, whole);
    await warmUp(warm, customer);
    const outcomes = await submitAll([whole, reserveUnits(customer, '1'), reserveUnits(customer, '9', whole.id)]);
    expect(outcomes.map(nameOf)).toEqual(['replayed', 'INSUFFICIENT_BALANCE', 'ID_CONFLICT']);
    expect(outcomes[0]).toMatchObject({ reservation: 'HELD', value: { hold: '10' } });
  });

  test('does not let a Reserve come to life that another has released before', async () => {
    const [affordable, dear] = [reserveUnits(customer, '1'), reserveUnits(customer, '100')];
    for (const { id } of [affordable, dear]) await succeed(other.ledger, releaseOf(customer, id));
    await warmUp(warm, customer);
    for (const command of [affordable, dear])
      expect(nameOf(await warm.ledger.submit(command))).toBe('ALREADY_RELEASED');
  });

  test.each([
    ['revokes a key', () => ({ type: 'RevokeKey', keyId: customer.keyId }), 'AUTHENTICATION_FAILED'],
    ['suspends an account', () => ({ type: 'UpdateAccount', set: { status: 'SUSPENDED' } }), 'ACCOUNT_SUSPENDED'],
  ] as const)('refuses from the next batch on when another %s', async (_what, change, code) => {
    expect(nameOf(await warm.ledger.submit(reserveUnits(customer, '1')))).toBe('ok');
    await succeed(other.ledger, { ...change(), id: newId(), accountId: customer.accountId } as Command);
    expect(nameOf(await warm.ledger.submit(reserveUnits(customer, '1')))).toBe(code);
  });

  test('refuses a service token from the next batch on, and nobody else with it', async () => {
    const [revoked, live] = [newId(), newId()];
    for (const id of [revoked, live])
      await other.owner.query(
        `INSERT INTO service_token (id, name, hash, scopes) VALUES ($1, 'gateway', sha256($2), '{spend}')`,
        [id, id],
      );
    const submit = () =>
      Promise.all(
        [revoked, live, undefined].map((tokenId) => warm.ledger.submit(reserveUnits(customer, '1'), { tokenId })),
      );
    expect((await submit()).map(nameOf)).toEqual(['ok', 'ok', 'ok']);
    await other.owner.query('UPDATE service_token SET revoked_at = now() WHERE id = $1', [revoked]);
    for (let round = 0; round < 2; round += 1)
      expect((await submit()).map(nameOf)).toEqual(['AUTHENTICATION_FAILED', 'ok', 'ok']);
  });
});
