import { createHash, randomBytes } from 'node:crypto';

/** How much chance is in a secret: 256 bits, which nobody guesses, so that a plain hash of it may be stored. */
const SECRET_BYTES = 32;

/** No secret is longer than this: what is longer need not be hashed to know that it is unknown. */
const SECRET_LENGTH_MAX = 256;

/** A new secret: the prefix that tells people what it is, and 256 random bits in base64url. */
export function newSecret(prefix: string): string {
  return prefix + randomBytes(SECRET_BYTES).toString('base64url');
}

/** The SHA-256 of a secret: all that is ever stored of it, and what it is looked up by. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Whether a text can be a secret at all. */
export function maybeSecret(text: string): boolean {
  return text.length > 0 && text.length <= SECRET_LENGTH_MAX;
}
