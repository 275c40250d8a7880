/** A table in Markdown: the first columns are words, the rest are figures. */
export function markdown(header: readonly string[], words: number, rows: readonly (readonly string[])[]): string {
  const rule = header.map((_, index) => (index < words ? '---' : '---:'));
  return [header, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** With blanks between thousands; a dash where there is none. */
export function whole(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '-';
  return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
}

export function fixed(value: number, digits = 1): string {
  return Number.isNaN(value) ? '-' : value.toFixed(digits);
}
