/** What two rows have at the path that `firstDifference` named: `3 is there, 4 was expected`. */
export function describeDifference(found: unknown, expected: unknown, path: string): string {
  return `${path} is ${textAt(found, path)}, expected ${textAt(expected, path)}`;
}

/** The path is in snake case, as callers write fields; meters and the like are written as they are. */
function textAt(value: unknown, path: string): string {
  let at = value;
  for (const part of path.split(/[.[\]]+/).filter((text) => text !== '')) {
    if (typeof at !== 'object' || at === null) return 'nothing';
    const fields = new Map(Object.entries(at));
    at = fields.get(part) ?? fields.get(part.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
  }
  if (at === undefined || at === null) return 'nothing';
  return typeof at === 'object'
    ? JSON.stringify(at, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part))
    : String(at);
}
