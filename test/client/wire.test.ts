import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Descriptor, messageWriter } from '../../client/message-writer.js';
import { WireWriter } from '../../client/wire-writer.js';
import { loadDefinition, messageType } from '../../src/api/grpc/definition.js';

const definition = loadDefinition();
const REQUEST = messageType(definition, 'tollgate.v1.PipelineRequest');
const typeOf = (name: string) => messageType(definition, `tollgate.v1.${name}`).type as Descriptor;
const write = messageWriter(typeOf('PipelineRequest'), typeOf);
const writer = new WireWriter();

function encode(commands: readonly object[]): Buffer {
  writer.reset();
  write(writer, { commands });
  return writer.bytes();
}

const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme', maxLength: 60 }), fc.string({ minLength: 100 }));
const texts = fc.dictionary(
  text.filter((name) => name !== '__proto__'),
  text,
  { maxKeys: 4, noNullPrototype: true },
);
const some: { requiredKeys: [] } = { requiredKeys: [] };
const candidate = fc.record({ model: text, quantities: texts, dimensions: texts }, some);
const moment = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const reserve = fc.record(
  { id: text, key: text, candidates: fc.array(candidate, { maxLength: 3 }), ttlMs: moment, tags: texts },
  some,
);
const settle = fc.record(
  {
    reservationId: text,
    interim: fc.boolean(),
    candidate: fc.nat(),
    usage: texts,
    cost: text,
    estimated: fc.boolean(),
  },
  some,
);
const head = { correlation: fc.nat(0xffff_ffff), deadlineMs: fc.nat(0xffff_ffff) };
const command = fc.oneof(
  fc.record({ ...head, reserve }),
  fc.record({ ...head, settle }),
  fc.record({ correlation: head.correlation, quote: fc.record({ book: text }, some) }),
);

/** A message as the service reads it. */
const read = (bytes: Buffer): object => REQUEST.deserialize(bytes);

describe('what the client writes', () => {
  test('is read as what the library writes', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 5 }), (commands) => {
        expect(read(encode(commands))).toEqual(read(REQUEST.serialize({ commands })));
      }),
    );
  });

  test('may be larger than the memory that it begins with', () => {
    const commands = Array.from({ length: 500 }, (_, correlation) => ({
      correlation,
      settle: { reservationId: 'r'.repeat(500), usage: { output_tokens: 'ü'.repeat(300) } },
    }));
    expect(read(encode(commands))).toEqual(read(REQUEST.serialize({ commands })));
  });

  test.each([
    ['a number for an amount', { settle: { usage: { output_tokens: 1 } } }],
    ['a number for an id', { reserve: { id: 7 } }],
    ['a fraction of a millisecond', { reserve: { ttlMs: 0.5 } }],
    ['a time below nothing', { reserve: { ttlMs: -1 } }],
    ['a candidate that is none', { reserve: { candidates: [null] } }],
    ['a text that is half a character', { reserve: { tags: { a: '\ud800' } } }],
    ['a long text that is half a character', { reserve: { tags: { a: `${'a'.repeat(100)}\udc00` } } }],
  ])('is not %s', (_, wrong) => {
    expect(() => encode([{ correlation: 1, ...wrong }])).toThrow(TypeError);
  });
});
