import type { AccountBooks, Recorded } from './books.js';
import { type JournaledCommand, slotOf } from './commands.js';
import { endOf } from './open-reservation.js';
import { type Outcome, type ReservationStatus, refuse } from './outcome.js';

/** What a command asks for: its content without type and ids. This is what the journal keeps and a replay must equal. */
export function contentOf(command: JournaledCommand): Record<string, unknown> {
  const { type: _type, id: _id, accountId: _accountId, ...content } = command;
  return content;
}

/**
 * Recognises a command that was carried out before. It is answered with its first outcome, before anything else is
 * said of it; the same id with other content is `ID_CONFLICT`. Undefined means that the command is new.
 */
export function recognise(command: JournaledCommand, books: AccountBooks): Outcome | undefined {
  const recorded = recordOf(command, books);
  if (!recorded) return undefined;
  return recorded.type === command.type ? replay(command, recorded, books) : otherCommand(command, recorded);
}

/** The journal row in whose place this command would be recorded: its own if it is a repetition, else another's. */
export function recordOf(command: JournaledCommand, books: AccountBooks): Recorded | undefined {
  return slotOf(command) === 'end' ? endOf(books, command.id) : books.recorded(command.id, 'cmd');
}

function replay(command: JournaledCommand, recorded: Recorded, books: AccountBooks): Outcome {
  const field = firstDifference(recorded.asked, contentOf(command));
  if (field !== undefined) return refuse('ID_CONFLICT', `the id was used with another ${field}`, { field });
  const status = command.type === 'Reserve' ? statusOf(command.id, books) : undefined;
  return { ok: true, value: recorded.value, replayed: true, ...(status && { reservation: status }) };
}

function otherCommand(command: JournaledCommand, recorded: Recorded): Outcome {
  const startsCharge = command.type === 'Reserve' || command.type === 'Charge';
  if (startsCharge && recorded.type === 'Release')
    return refuse('ALREADY_RELEASED', 'the id was released before it was used', { field: 'id' });
  if (slotOf(command) === 'cmd')
    return refuse('ID_CONFLICT', `the id was used by a ${recorded.type} command`, { field: 'id' });
  return recorded.type === 'Release'
    ? refuse('ALREADY_RELEASED', 'the reservation was released', { field: 'reservation_id' })
    : refuse('ALREADY_SETTLED', 'the reservation is settled', { field: 'reservation_id' });
}

/** What a reservation is now. */
export function statusOf(reservationId: string, books: AccountBooks): ReservationStatus {
  const end = endOf(books, reservationId);
  if (end) return end.type === 'Release' ? 'RELEASED' : 'SETTLED';
  return books.reservations.get(reservationId)?.status ?? 'HELD';
}

/** The path of the first place in which two JSON values differ, in snake case as callers write it; undefined when they are equal. */
export function firstDifference(a: unknown, b: unknown, path = ''): string | undefined {
  if (a === b) return undefined;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return path;
  // In order of the alphabet: the journal keeps no order of its own, and the answer must not depend on it.
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)].sort())) {
    const difference = firstDifference(a[name], b[name], join(path, name, Array.isArray(a)));
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function join(path: string, name: string, isIndex: boolean): string {
  if (isIndex) return `${path}[${name}]`;
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return path === '' ? snake : `${path}.${snake}`;
}
