import { describe, expect, it } from '@jest/globals';
import { classifyDatabaseError } from './errors.js';

function coded(code: string): Error {
  return Object.assign(new Error('from the server'), { code });
}

describe('classifyDatabaseError', () => {
  it.each([
    ['22012', 'lost-race'],
    ['40001', 'lost-race'],
    ['40P01', 'lost-race'],
    ['23505', 'duplicate'],
    ['22003', 'bad-command'],
    ['22P05', 'bad-command'],
    ['23514', 'bad-command'],
    ['08006', 'connection'],
    ['57P01', 'connection'],
    ['57P03', 'connection'],
    ['53300', 'connection'],
    ['25P03', 'connection'],
    ['ECONNRESET', 'connection'],
    ['EPIPE', 'connection'],
    ['42501', 'other'],
    ['57014', 'other'],
  ] as const)('%s is %s', (code, kind) => {
    expect(classifyDatabaseError(coded(code))).toBe(kind);
  });

  it('knows the messages that the driver gives without a code', () => {
    expect(classifyDatabaseError(new Error('Connection terminated unexpectedly'))).toBe('connection');
    expect(classifyDatabaseError(new Error('Connection terminated due to connection timeout'))).toBe('connection');
    expect(classifyDatabaseError(new AggregateError([coded('ECONNREFUSED')]))).toBe('connection');
    expect(classifyDatabaseError(new Error('something else'))).toBe('other');
    expect(classifyDatabaseError('text')).toBe('other');
  });
});
