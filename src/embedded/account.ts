import { chown } from 'node:fs/promises';

/** PostgreSQL refuses to run as root. This is `nobody` on every common system, and needs no entry in /etc/passwd. */
const NOBODY = 65_534;

/** Which user the database's processes run as: empty for the user of this process. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

export function unprivilegedAccount(): RunAs {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
}

export async function giveTo({ uid, gid }: RunAs, path: string): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid);
}
