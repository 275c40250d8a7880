/** How a column is set: words from the left, figures to the right. */
export interface Column {
  readonly title: string;
  readonly figures?: boolean;
}

/** A table for people: aligned by blanks alone, so that it reads the same everywhere. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `  ${columns
      .map(({ figures }, index) => {
        const cell = cells[index] ?? '';
        return figures ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0);
      })
      .join('  ')}`.trimEnd();
  return [
    line(columns.map(({ title }) => title)),
    line(widths.map((width) => '-'.repeat(width))),
    ...rows.map(line),
  ].join('\n');
}

/** A whole number with its thousands apart: 12 345. */
export function grouped(value: number | bigint): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ' ');
}
