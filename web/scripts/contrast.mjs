// Contrast gate: every pair of text and ground that the styles use, in both themes, against WCAG 2.2 AA.
import { readFileSync } from 'node:fs';

const css = readFileSync(new URL('../src/styles/tokens.css', import.meta.url), 'utf8');
const block = (selector) => {
  const start = css.indexOf(selector);
  if (start < 0) throw new Error(`tokens.css has no ${selector}`);
  const body = css.slice(css.indexOf('{', start), css.indexOf('}', start));
  return Object.fromEntries([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((m) => [m[1], m[2]]));
};
const light = block(':root[data-theme="light"]');
const dark = { ...light, ...block(':root[data-theme="dark"]') };

const luminance = (hex) => {
  const [r, g, b] = [1, 3, 5]
    .map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (a, b) => {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};

const TEXT = 4.5;
/** Large text, icons, edges of controls. */
const SHAPE = 3;
const pairs = [
  ...['bg', 'bg-side', 'bg-selected', 'bg-press', 'bg-raised', 'bg-hover', 'mention-bg'].map((g) => ['text', g, TEXT]),
  ...['bg', 'bg-side', 'bg-press', 'bg-raised', 'bg-selected', 'bg-sunken'].map((g) => ['text-2', g, TEXT]),
  ...['bg', 'bg-side', 'bg-hover', 'bg-sunken', 'bg-raised', 'mention-bg', 'bg-field'].map((g) => ['text-3', g, TEXT]),
  ...['bg', 'bg-side', 'accent-soft', 'bg-selected', 'bg-hover'].map((g) => ['accent-text', g, TEXT]),
  ...['accent', 'accent-hover'].map((g) => ['on-accent', g, TEXT]),
  ['on-badge', 'badge', TEXT],
  ...['bg', 'danger-soft', 'bg-raised'].map((g) => ['danger', g, TEXT]),
  ...['bg', 'warn-soft'].map((g) => ['warn', g, TEXT]),
  ['unread', 'bg', TEXT],
  ['rail-text', 'bg-rail', TEXT],
  ['panel-text', 'bg-panel', TEXT],
  ['panel-text-2', 'bg-panel', TEXT],
  ['panel-text-3', 'bg-panel', TEXT],
  ['tip-text', 'bg-tip', TEXT],
  ['tip-text', 'bg-toast', TEXT],
  ...['key', 'str', 'num', 'com', 'fn', 'type'].map((c) => [`c-${c}`, 'bg-sunken', TEXT]),
  ...['bg', 'bg-raised', 'bg-field'].map((g) => ['line-strong', g, SHAPE]),
  ...['bg', 'bg-side', 'bg-raised'].map((g) => ['focus', g, SHAPE]),
  ['presence-on', 'bg-side', SHAPE],
];

const faults = [];
for (const [theme, tokens] of Object.entries({ light, dark }))
  for (const [front, ground, least] of pairs) {
    const value = tokens[front] && tokens[ground] ? ratio(tokens[front], tokens[ground]) : 0;
    if (value < least) faults.push(`${theme}: ${front} on ${ground} is ${value.toFixed(2)}, needs ${least}`);
  }
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(`${pairs.length} pairs in two themes have enough contrast`);
