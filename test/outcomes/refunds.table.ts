import {
  charge,
  DAY,
  expectOutcome as e,
  fund,
  funded,
  grant,
  pockets,
  refund,
  reserve,
  settle,
  type Table,
  units,
  wait,
} from './table.js';

export const REFUND_TABLES: readonly Table[] = [
  {
    name: 'a refund goes back latest drawn first, and expires at once in an expired pocket',
    rows: [
      ...funded('a', '5'),
      e(grant('g1', 'a', '2', { expiresAt: DAY }), 'ok'),
      e(grant('g2', 'a', '2'), 'ok'),
      e(charge('c1', 'a', '6'), { draws: [{ amount: '2' }, { amount: '2' }, { amount: '2' }] }),
      e(refund('x1', 'c1', 'a', '3'), { returned: [{ amount: '2' }, { amount: '1' }] }),
      pockets('a', { g2: '1/0', paid: '5/0' }),
      wait(DAY),
      e(refund('x2', 'c1', 'a'), { amount: '3', returned: [{ amount: '1' }, { amount: '2' }] }),
      pockets('a', { g2: '2/0', paid: '5/0' }),
    ],
  },
  {
    name: 'a refund of what the credit line paid, after it was repaid, is paid money',
    rows: [
      ...funded('a', '1', { creditLimits: { USD: '5' } }),
      e(charge('c1', 'a', '4'), 'ok'),
      pockets('a', { credit: '-3/0' }),
      e(fund('f1', 'a', '2'), { creditRepaid: '2' }),
      e(refund('x1', 'c1', 'a'), { amount: '4' }),
      pockets('a', { paid: '3/0', credit: '0/0' }),
    ],
  },
  {
    name: 'an expired grant under a hold settles above it from other pockets',
    rows: [
      ...funded('a', '3'),
      e(grant('g1', 'a', '2', { expiresAt: DAY }), 'ok'),
      e(reserve('r1', 'a', units('2'), { ttlMs: 3 * DAY }), 'ok'),
      wait(DAY),
      e(settle('r1', 'a', '4'), { amount: '4', draws: [{ amount: '2' }, { amount: '2' }] }),
      pockets('a', { paid: '1/0' }),
    ],
  },
];
