import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AccountBooks, type Reservation } from './books.js';

const ACCOUNT = '018f3c5e-0000-7000-8000-000000000000';

function hold(id: string, status: Reservation['status'], expiresAt: number): Reservation {
  return { id, status, expiresAt } as Reservation;
}

describe('AccountBooks', () => {
  test('knows every hold that is due, however holds come, change and go while time passes', () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 900 }),
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      change: fc.oneof(
        fc.constantFrom('EXPIRED' as const, 'ended' as const),
        fc.record({ ttl: fc.integer({ min: 1, max: 3_000 }) }),
      ),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const books = new AccountBooks(ACCOUNT);
        let now = 1_000_000;
        for (const { wait, id, change } of steps) {
          now += wait;
          if (change === 'ended') books.reservations.delete(id);
          else if (change === 'EXPIRED') books.reservations.set(id, hold(id, 'EXPIRED', now - 1));
          else {
            books.reservations.set(id, hold(id, 'HELD', now + change.ttl));
            books.noteDue(now + change.ttl, id);
          }
          const overdue = [...books.reservations.values()].filter(
            ({ status, expiresAt }) => status === 'HELD' && expiresAt <= now,
          );
          const later = [...books.reservations.values()].filter(
            ({ status, expiresAt }) => status === 'HELD' && expiresAt > now,
          );
          const { due, next } = books.holdsDue(now);
          expect(new Set(due)).toEqual(new Set(overdue));
          for (const { expiresAt } of later) expect(next).toBeLessThanOrEqual(expiresAt);
        }
      }),
    );
  });
});
