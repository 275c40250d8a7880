/* Plots as SVG by hand: bars, and lines over a number. */

const WIDTH = 760;
const MARGIN = { top: 40, right: 150, bottom: 46, left: 250 };
const BAR = 24;
const LINE_HEIGHT = 300;
const TEXT_HEIGHT = 14;
const COLOURS = ['#1f6feb', '#d1570a', '#1a7f37', '#8250df'] as const;

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
}

/** Lying bars with a whisker from the least to the most. */
export function bars(title: string, data: readonly Bar[]): string {
  const height = MARGIN.top + data.length * (BAR + 10) + 20;
  const inner = WIDTH - MARGIN.left - MARGIN.right;
  const top = Math.max(...data.map(({ most }) => most));
  const x = (value: number): number => MARGIN.left + (value / top) * inner;
  const parts = data.map(({ label, value, least, most }, index) => {
    const y = MARGIN.top + index * (BAR + 10);
    const middle = y + BAR / 2;
    return [
      text(MARGIN.left - 8, middle + 4, label, 'end'),
      `<rect x="${MARGIN.left}" y="${y}" width="${round(x(value) - MARGIN.left)}" height="${BAR}" fill="${COLOURS[0]}"/>`,
      line(x(least), middle, x(most), middle, '#24292f'),
      text(x(most) + 8, middle + 4, Math.round(value).toLocaleString('en').replaceAll(',', ' ')),
    ].join('\n');
  });
  return document(title, height, parts);
}

export interface Series {
  readonly label: string;
  readonly points: readonly (readonly [number, number])[];
}

/** Lines over loads in per cent; the values are milliseconds, and begin at 0. */
export function lines(title: string, series: readonly Series[]): string {
  const left = 60;
  const height = MARGIN.top + LINE_HEIGHT + MARGIN.bottom;
  const inner = WIDTH - left - MARGIN.right;
  const top = Math.max(...series.flatMap(({ points }) => points.map(([, y]) => y))) * 1.1;
  const x = (share: number): number => left + (share / 100) * inner;
  const y = (ms: number): number => MARGIN.top + LINE_HEIGHT - (ms / top) * LINE_HEIGHT;
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((part) => [
    line(left, y(top * part), left + inner, y(top * part), '#d0d7de'),
    text(left - 6, y(top * part) + 4, (top * part).toFixed(1), 'end'),
    text(x(part * 100), MARGIN.top + LINE_HEIGHT + 18, `${part * 100} %`, 'middle'),
  ]);
  const places = apart(series.map(({ points }) => y(points.at(-1)?.[1] ?? 0)));
  const drawn = series.map(({ label, points }, index) => {
    const colour = COLOURS[index % COLOURS.length] ?? '#000';
    const path = points.map(([share, ms]) => `${round(x(share))},${round(y(ms))}`).join(' ');
    const [share] = points.at(-1) ?? [0];
    return [
      `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...points.map(([at, value]) => `<circle cx="${round(x(at))}" cy="${round(y(value))}" r="3" fill="${colour}"/>`),
      text(x(share) + 8, (places[index] ?? 0) + 4, label, 'start', colour),
    ].join('\n');
  });
  const axis = text(left + inner / 2, height - 8, 'arrivals, of what the closed loop came to', 'middle');
  return document(title, height, [...grid, ...drawn, axis]);
}

/** Moves what is less than a line of text apart upwards, from the lowest on. */
function apart(places: readonly number[]): number[] {
  const moved = [...places];
  const order = places.map((_, index) => index).sort((a, b) => (places[b] ?? 0) - (places[a] ?? 0));
  let above = Number.POSITIVE_INFINITY;
  for (const index of order) {
    above = Math.min(moved[index] ?? 0, above - TEXT_HEIGHT);
    moved[index] = above;
  }
  return moved;
}

function document(title: string, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${WIDTH / 2}" y="22" text-anchor="middle" font-size="15" fill="#24292f">${escaped(title)}</text>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function text(x: number, y: number, content: string, anchor = 'start', colour = '#24292f'): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" fill="${colour}">${escaped(content)}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}"/>`;
}

function escaped(content: string): string {
  return content.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
