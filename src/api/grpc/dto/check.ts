import { type ValidationError, validateSync } from 'class-validator';
import { invalid } from '../../refused.js';
import { readable } from '../definition.js';

/**
 * Checks a request against the rules of its class.
 *
 * @throws Refused with VALIDATION, naming the first field that is wrong and what was expected.
 */
export function check<T extends object>(type: new () => T, message: object, path = ''): T {
  readable(message);
  const request = Object.assign(new type(), message);
  const [error] = validateSync(request, { stopAtFirstError: true, forbidUnknownValues: false });
  if (error) throw invalid(path + snakeCase(error.property), expectedBy(error));
  return request;
}

function expectedBy({ constraints }: ValidationError): string {
  return Object.values(constraints ?? {})[0] ?? 'another value';
}

/** A field's name as it stands in proto/. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
