import { DAY, expectOutcome as e, fund, funded, mint, open, pockets, reserve, revoke, settle, type Table, units, update, updateKey, wait } from './table.js';

export const ACCOUNT_TABLES: readonly Table[] = [
  {
    name: 'opening an account',
    rows: [
      e(open('a'), 'ok'),
      e(open('a'), 'replayed'),
      e(open('a', { name: 'Another name' }), 'ID_CONFLICT'),
      e(open('b', { books: { USD: 'nowhere' } }), 'VALIDATION'),
      e(open('b', { books: { CREDIT: 'table' } }), 'VALIDATION'),
      e(open('b', { creditLimits: { USD: '-5' } }), 'VALIDATION'),
      e(open('b', { creditLimits: { USD: '5' } }), 'ok'),
      pockets('b', { credit: '0/0' }),
    ],
  },
  {
    name: 'an account that is not there',
    rows: [
      e(update('u', 'none', { name: 'x' }), 'ACCOUNT_NOT_FOUND'),
      e(mint('k', 'none'), 'ACCOUNT_NOT_FOUND'),
      e(fund('f', 'none', '1'), 'ACCOUNT_NOT_FOUND'),
    ],
  },
  {
    name: 'a suspended account spends nothing, and settles what it holds',
    rows: [
      ...funded('a', '10'),
      e(reserve('r1', 'a', units('4')), 'ok'),
      e(update('u1', 'a', { status: 'SUSPENDED' }), 'ok'),
      e(reserve('r2', 'a', units('1')), 'ACCOUNT_SUSPENDED'),
      e(settle('r1', 'a', '3'), { amount: '3' }),
      e(fund('f2', 'a', '1'), 'ok'),
      e(update('u2', 'a', { status: 'ACTIVE' }), 'ok'),
      e(reserve('r2', 'a', units('8')), 'ok'),
      pockets('a', { paid: '8/8' }),
    ],
  },
  {
    name: 'a closed account takes no money',
    rows: [
      ...funded('a', '10'),
      e(update('u1', 'a', { status: 'CLOSED' }), 'ok'),
      e(fund('f2', 'a', '1'), 'ACCOUNT_CLOSED'),
      e(mint('k2', 'a'), 'ACCOUNT_CLOSED'),
      e(reserve('r1', 'a', units('1')), 'ACCOUNT_CLOSED'),
    ],
  },
  {
    name: 'a credit limit below what is drawn or held of it',
    rows: [
      ...funded('a', '0', { creditLimits: { USD: '10' } }),
      e(reserve('r1', 'a', units('6')), 'ok'),
      e(update('u1', 'a', { creditLimits: { USD: '5' } }), 'CREDIT_LIMIT_IN_USE'),
      e(update('u1', 'a', { creditLimits: {} }), 'CREDIT_LIMIT_IN_USE'),
      e(settle('r1', 'a', '6'), 'ok'),
      e(update('u1', 'a', { creditLimits: { USD: '5' } }), 'CREDIT_LIMIT_IN_USE'),
      e(update('u1', 'a', { creditLimits: { USD: '6' } }), 'ok'),
      e(reserve('r2', 'a', units('1')), 'INSUFFICIENT_BALANCE'),
      pockets('a', { credit: '-6/0' }),
    ],
  },
];

export const KEY_TABLES: readonly Table[] = [
  {
    name: 'the life of a key',
    rows: [
      ...funded('a', '10'),
      e(mint('key', 'a'), 'replayed'),
      e(mint('key', 'a', { label: 'other' }), 'ID_CONFLICT'),
      e(reserve('r1', 'a', units('1')), 'ok'),
      e(updateKey('uk1', 'a', 'key', { models: ['dear'] }), { models: ['dear'] }),
      e(reserve('r2', 'a', units('1')), 'MODEL_NOT_ALLOWED'),
      e(reserve('r2', 'a', units('1', 'dear')), 'ok'),
      e(updateKey('uk2', 'a', 'key', { models: null }), 'ok'),
      e(revoke('rk1', 'a', 'key'), 'ok'),
      e(revoke('rk1', 'a', 'key'), 'replayed'),
      e(revoke('rk2', 'a', 'key'), 'ok'),
      e(updateKey('uk3', 'a', 'key', { label: 'x' }), 'VALIDATION'),
      e(reserve('r3', 'a', units('1')), 'AUTHENTICATION_FAILED'),
      e(settle('r1', 'a', '1'), 'ok'),
      e(updateKey('uk4', 'a', 'none', { label: 'x' }), 'KEY_NOT_FOUND'),
      e(revoke('rk3', 'a', 'none'), 'KEY_NOT_FOUND'),
      e(reserve('r4', 'a', units('1'), { key: 'none' }), 'AUTHENTICATION_FAILED'),
    ],
  },
  {
    name: 'a key of another account',
    rows: [...funded('a', '10'), e(open('b'), 'ok'), e(fund('fb', 'b', '10'), 'ok'), e(reserve('r1', 'b', units('1')), 'AUTHENTICATION_FAILED')],
  },
  {
    name: 'scope, tier, age and plan',
    rows: [
      ...funded('a', '10'),
      e(mint('admin', 'a', { scope: 'admin' }), 'ok'),
      e(mint('adult', 'a', { tier: 'uncensored' }), 'ok'),
      e(reserve('r1', 'a', units('1'), { key: 'admin' }), 'PERMISSION_DENIED'),
      e(reserve('r1', 'a', units('1', 'wild')), 'CONTENT_TIER_FORBIDDEN'),
      e(reserve('r1', 'a', units('1', 'wild'), { key: 'adult' }), 'AGE_VERIFICATION_REQUIRED'),
      e(update('u1', 'a', { complianceByAgreement: true }), 'ok'),
      e(reserve('r1', 'a', units('1', 'wild'), { key: 'adult' }), 'ok'),
      e(update('u2', 'a', { complianceByAgreement: false, ageVerified: true }), 'ok'),
      e(reserve('r2', 'a', units('1', 'wild'), { key: 'adult' }), 'ok'),
      e(reserve('r3', 'a', units('1', 'members')), 'SUBSCRIPTION_REQUIRED'),
      e(update('u3', 'a', { plan: 'pro' }), 'ok'),
      e(reserve('r3', 'a', units('1', 'members')), 'ok'),
    ],
  },
  {
    name: 'a key and a plan that end',
    rows: [
      ...funded('a', '10'),
      e(mint('past', 'a', { expiresAt: -DAY }), 'VALIDATION'),
      e(mint('brief', 'a', { expiresAt: DAY }), 'ok'),
      e(update('u1', 'a', { plan: 'pro', planUntil: DAY }), 'ok'),
      e(reserve('r1', 'a', units('1', 'members'), { key: 'brief' }), 'ok'),
      wait(DAY),
      e(reserve('r2', 'a', units('1'), { key: 'brief' }), 'AUTHENTICATION_FAILED'),
      e(reserve('r2', 'a', units('1', 'members')), 'SUBSCRIPTION_REQUIRED'),
    ],
  },
];
