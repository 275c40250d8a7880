import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { Config } from '../../src/config/config.js';

const ROOT = new URL('../../', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

interface Compose {
  readonly services: Readonly<Record<string, { readonly environment?: object; readonly image?: string }>>;
}

describe('docker-compose.yml', () => {
  const compose = parse(read('docker-compose.yml')) as Compose;

  it('is valid by the schema of the Compose Specification', () => {
    const schema = JSON.parse(read('test/support/compose-spec/compose-spec.json')) as object;
    const validate = new Ajv2020({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
    validate(compose);
    expect(validate.errors).toBeNull();
    expect(validate({ services: { tollgate: { imago: 'node' } } })).toBe(false);
  });

  it('configures the service by keys that it knows', () => {
    const known = new Set(Object.keys(new Config()).concat('DATABASE_URL', 'DATABASE_MIGRATION_URL'));
    const given = Object.keys(compose.services['tollgate']?.environment ?? {});
    expect(given.filter((key) => !known.has(key))).toEqual([]);
  });
});

describe('Dockerfile', () => {
  it('copies what is there, and what .dockerignore lets through', () => {
    const letThrough = read('.dockerignore').split('\n');
    const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    );
    expect(copied).toContain('src');
    expect(copied.filter((path) => !existsSync(fileURLToPath(new URL(path, ROOT))))).toEqual([]);
    expect(copied.filter((path) => !letThrough.includes(`!${path}`))).toEqual([]);
  });
});
