import { randomUUID } from 'node:crypto';

/** A new UUIDv7: 48 bits of time, and chance. The ids of commands are the gateway's to make. */
export function newId(atMs = Date.now()): string {
  const time = atMs.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
