import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openCustomer, reserveUnits, settleUnits, succeed } from '../engine/scenario.js';
import { TABLE_BOOK } from '../outcomes/table.js';
import { type EngineFixture, startEngine } from '../support/engine.js';

const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

describe('verify and the trial balance on the command line', () => {
  let engine: EngineFixture;
  beforeAll(async () => {
    engine = await startEngine({ book: TABLE_BOOK, buckets: 2 });
    const customer = await openCustomer(engine.ledger, '10');
    const reservation = reserveUnits(customer, '3');
    await succeed(engine.ledger, reservation);
    await succeed(engine.ledger, settleUnits(customer, reservation.id, '2'));
  });
  afterAll(() => engine.stop());

  function tollgate(...args: string[]): Promise<{ code: number; output: string }> {
    const env = { ...process.env, DATABASE_URL: engine.url };
    return new Promise((resolve) => {
      execFile(process.execPath, [CLI, ...args], { env }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
      });
    });
  }

  test('right books end with 0, and say what was checked', async () => {
    const { code, output } = await tollgate('verify');
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringMatching(/^verify: ok\nchecked in .* 5 journal/),
    });
    const json = await tollgate('verify', '--json');
    expect(JSON.parse(json.output)).toMatchObject({ ok: true, findings: [], checked: { journal: 5, transfers: 2 } });
  });

  test('the trial balance names each ledger account', async () => {
    const { code, output } = await tollgate('trial-balance');
    expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/USD +customers +2 +10 +8/) });
    expect(output).toMatch(/USD +revenue +0 +2 +2\n/);
    expect(JSON.parse((await tollgate('trial-balance', '--json')).output)).toMatchObject({ balanced: true });
  });

  test('a breach ends with 1, and is named', async () => {
    await engine.owner.query('UPDATE pocket SET balance = balance + 1');
    const { code, output } = await tollgate('verify');
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringContaining('pocket-balance: the balance is 8000000001'),
    });
    expect(output).toContain('verify: 2 findings');
    expect(await tollgate('verify', '--findings-max', '0')).toMatchObject({
      code: 1,
      output: expect.stringContaining('from 1 to 10000'),
    });
  });
});
