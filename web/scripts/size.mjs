// Bundle budget gate: brotli bytes of what the build made, against the budgets the design states.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

const KB = 1000;
const BUDGET = {
  initialJs: 150 * KB,
  css: 12 * KB,
  locale: 12 * KB,
  lazyChunk: 45 * KB,
  chunk: 65 * KB,
  initialFont: 50 * KB,
};
const dist = new URL('../dist/', import.meta.url).pathname;
const assets = readdirSync(join(dist, 'assets'));
const brotli = (name) => brotliCompressSync(readFileSync(join(dist, 'assets', name))).length;
const html = readFileSync(join(dist, 'index.html'), 'utf8');
const initial = new Set([...html.matchAll(/\/assets\/([\w.-]+\.js)/g)].map((m) => m[1]));

const rows = [];
const check = (what, bytes, budget) => rows.push({ what, bytes, budget, ok: bytes <= budget });
const scripts = assets.filter((a) => a.endsWith('.js')).map((a) => ({ name: a, bytes: brotli(a) }));
check(
  'initial JavaScript',
  scripts.filter((s) => initial.has(s.name)).reduce((n, s) => n + s.bytes, 0),
  BUDGET.initialJs,
);
check(
  'all CSS',
  assets.filter((a) => a.endsWith('.css')).reduce((n, a) => n + brotli(a), 0),
  BUDGET.css,
);
for (const { name, bytes } of scripts) {
  if (/^(en|de)-/.test(name)) check(`locale ${name}`, bytes, BUDGET.locale);
  else if (initial.has(name)) check(`chunk ${name}`, bytes, BUDGET.chunk);
  else check(`lazy ${name}`, bytes, BUDGET.lazyChunk);
}
for (const name of assets.filter((a) => /^inter-latin-wght-normal.*\.woff2$/.test(a)))
  check(`font ${name}`, readFileSync(join(dist, 'assets', name)).length, BUDGET.initialFont);

rows.sort((a, b) => b.bytes - a.bytes);
for (const r of rows)
  console.log(`${r.ok ? 'ok  ' : 'OVER'} ${(r.bytes / KB).toFixed(1).padStart(7)} of ${r.budget / KB} kB  ${r.what}`);
const over = rows.filter((r) => !r.ok);
if (over.length > 0) {
  console.error(
    `${over.length} part(s) over budget. Load it lazily, drop it, or argue for a larger budget in web/README.md.`,
  );
  process.exit(1);
}
