import type { AccountBooks, Pocket, Reservation } from './books.js';
import type { DueCommand } from './commands.js';
import { derivedId } from './ids.js';

/**
 * What is due on an account at a moment, soonest first: holds whose time is over, pockets whose time is over. It is
 * carried out before any command on the account, so that nobody is refused for money that is free, or admitted on
 * money that is gone. Also notes in the books before which moment nothing can be due.
 */
export function dueCommands(books: AccountBooks, now: number): DueCommand[] {
  if (now < books.nothingDueBefore) return [];
  const holds = books.holdsDue(now);
  let { next } = holds;
  const due = holds.due.map((hold) => ({
    at: hold.expiresAt,
    command: expiryOfHold(books.accountId, hold, now) as DueCommand,
  }));
  for (const pocket of books.pockets.values()) {
    if (pocket.closed || pocket.expiresAt === null) continue;
    if (pocket.expiresAt > now) next = Math.min(next, pocket.expiresAt);
    else if (hasSomethingToExpire(pocket))
      due.push({ at: pocket.expiresAt, command: expiryOfPocket(books.accountId, pocket, now) });
  }
  books.nothingDueBefore = next;
  due.sort((a, b) => a.at - b.at || (a.command.id < b.command.id ? -1 : 1));
  return due.map(({ command }) => command);
}

/** Free money, or an empty pocket to close. One that only holds money waits for its holds to end. */
function hasSomethingToExpire(pocket: Pocket): boolean {
  return pocket.balance > pocket.held || pocket.balance === 0n;
}

function expiryOfHold(accountId: string, { id, expiresAt }: Reservation, now: number): DueCommand {
  return { type: 'ExpireHold', id: derivedId(now, 'ExpireHold', id, String(expiresAt)), accountId, reservationId: id };
}

function expiryOfPocket(accountId: string, { id, expiresAt }: Pocket, now: number): DueCommand {
  return { type: 'ExpirePocket', id: derivedId(now, 'ExpirePocket', id, String(expiresAt)), accountId, pocketId: id };
}
