import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Beside `src` and `dist` alike. */
const FOLDER = fileURLToPath(new URL('../../migrations/', import.meta.url));
const FILE_NAME = /^(\d{4})-([a-z0-9-]+)\.sql$/;

type MigrationClass = new () => MigrationInterface;

/**
 * The plain SQL files of `migrations/`, each as the class that TypeORM wants, in the order of their numbers.
 *
 * @throws Error if a file's name is not of the form `0001-words.sql`, or a number is taken twice.
 */
export function migrationsFromFiles(folder = FOLDER): MigrationClass[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  const numbers = new Set<string>();
  return files.map((file) => {
    const [, number, words] = FILE_NAME.exec(file) ?? [];
    if (!number || !words || numbers.has(number))
      throw new Error(`migrations/${file}: expected a name such as 0001-words.sql, its number used once`);
    numbers.add(number);
    return migrationClass(number, words, readFileSync(`${folder}/${file}`, 'utf8'));
  });
}

function migrationClass(number: string, words: string, sql: string): MigrationClass {
  return class implements MigrationInterface {
    // TypeORM orders by the last thirteen digits of the name, which it takes for a time.
    readonly name = `${words}-${number.padStart(13, '0')}`;

    async up(runner: QueryRunner): Promise<void> {
      await runner.query(sql);
    }

    down(): Promise<void> {
      return Promise.reject(new Error('migrations of the ledger only go forward'));
    }
  };
}
