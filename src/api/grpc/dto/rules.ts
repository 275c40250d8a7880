import { applyDecorators } from '@nestjs/common';
import {
  ArrayMaxSize,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsTimeZone,
  IsUUID,
  Length,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
} from 'class-validator';
import { isStorable, NAME_LENGTH_MAX } from '../../fields.js';

/*
 * The rules of the fields of cold requests. Each message says what was expected.
 */

/** The last moment of the year 9999, in milliseconds since 1970. */
const MOMENT_MAX = 253_402_300_799_999;

/** A command's id. */
export const Id = (): PropertyDecorator =>
  IsUUID('7', { message: 'a UUIDv7, such as "019350fa-0c00-7000-8000-000000000000"' });

/** The id of something. */
export const Uuid = (): PropertyDecorator => IsUUID('loose', { message: 'a UUID' });

/** Text of so many characters that PostgreSQL can store. */
export function Text(min = 1, max = NAME_LENGTH_MAX): PropertyDecorator {
  const message = `${min} to ${max} characters, without NUL and unpaired surrogates`;
  const storable = {
    name: 'isStorable',
    validator: { validate: (value: unknown) => typeof value === 'string' && isStorable(value) },
  };
  return applyDecorators(Length(min, max, { message }), ValidateBy(storable, { message }));
}

/** A moment; 0 where it says that there is none. */
export const Moment = (min: 0 | 1 = 1): PropertyDecorator => WholeNumber(min, MOMENT_MAX);

export function WholeNumber(min: number, max: number): PropertyDecorator {
  const message = `a whole number from ${min} to ${max}`;
  return applyDecorators(IsInt({ message }), Min(min, { message }), Max(max, { message }));
}

/** One of the values of an enum. */
export function OneOf(table: Readonly<Record<string, unknown>>): PropertyDecorator {
  const names = Object.keys(table);
  return IsIn(names, { message: `one of ${names.join(', ')}` });
}

/** Each of a list is one of the values of an enum; there are no more of them than values. */
export function EachOneOf(table: Readonly<Record<string, unknown>>): PropertyDecorator {
  const names = Object.keys(table);
  const message = `some of ${names.join(', ')}`;
  return applyDecorators(IsIn(names, { each: true, message }), ArrayMaxSize(names.length, { message }));
}

export const YesOrNo = (): PropertyDecorator => IsBoolean({ message: 'true or false' });

/** A name and no offset: PostgreSQL reads the sign of an offset the other way round. */
export function TimeZone(): PropertyDecorator {
  const message = 'an IANA time zone, such as "Europe/Berlin"';
  return applyDecorators(Matches(/^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/, { message }), IsTimeZone({ message }));
}

/** The field may be left out; then its other rules do not count. For fields that are `optional` in proto/. */
export const Optional = IsOptional;

/** The same for fields that are not: there, empty text and an unspecified value mean that nothing was said. */
export const OrEmpty = (): PropertyDecorator => ValidateIf((_, value: unknown) => !isEmptyText(value));

function isEmptyText(value: unknown): boolean {
  return value === undefined || value === '' || (typeof value === 'string' && value.endsWith('_UNSPECIFIED'));
}
