// Bundle budget gate: brotli bytes of what the build made, against the budgets in README.md. What a visit loads is
// followed through Vite's manifest, so a lazy chunk that the first conversation needs counts as initial.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';

const KB = 1000;
const BUDGET = { signIn: 130, chat: 160, css: 24, cssChat: 12, locale: 12, lazy: 45, chunk: 65, font: 50 };
const dist = new URL('../dist/', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(dist, '../.build/manifest.json'), 'utf8'));
const sizes = new Map();
const brotli = (file) => {
  if (!sizes.has(file)) sizes.set(file, brotliCompressSync(readFileSync(join(dist, file))).length);
  return sizes.get(file);
};

/** A chunk and everything it imports at once. */
function closure(keys, seen = new Set()) {
  for (const key of keys) {
    if (seen.has(key) || !manifest[key]) continue;
    seen.add(key);
    closure(manifest[key].imports ?? [], seen);
  }
  return seen;
}
const total = (keys, pick) => {
  const files = new Set([...closure(keys)].flatMap((key) => pick(manifest[key])));
  return [...files].reduce((sum, file) => sum + brotli(file), 0);
};
const js = (chunk) => [chunk.file];
const css = (chunk) => chunk.css ?? [];

const rows = [];
const check = (what, bytes, budget) => rows.push({ what, bytes, budget: budget * KB, ok: bytes <= budget * KB });
const SIGN_IN = ['index.html', 'src/features/auth/index.ts'];
const CHAT = ['index.html', 'src/app/Shell.tsx'];
check('JavaScript until sign-in', total(SIGN_IN, js), BUDGET.signIn);
check('JavaScript until the first conversation', total(CHAT, js), BUDGET.chat);
check('CSS until the first conversation', total(CHAT, css), BUDGET.cssChat);
const assets = readdirSync(join(dist, 'assets')).map((name) => `assets/${name}`);
check(
  'all CSS',
  assets.filter((a) => a.endsWith('.css')).reduce((sum, a) => sum + brotli(a), 0),
  BUDGET.css,
);
const initial = new Set([...closure(CHAT)].map((key) => manifest[key].file));
for (const file of assets.filter((a) => a.endsWith('.js'))) {
  if (/\/(en|de)-/.test(file)) check(`locale ${file}`, brotli(file), BUDGET.locale);
  else check(file, brotli(file), initial.has(file) ? BUDGET.chunk : BUDGET.lazy);
}
for (const file of assets.filter((a) => a.includes('inter-latin-wght-normal')))
  check(`font ${file}`, readFileSync(join(dist, file)).length, BUDGET.font);

rows.sort((a, b) => b.bytes - a.bytes);
for (const r of rows.filter((row) => !row.ok || row.bytes > 2 * KB))
  console.log(`${r.ok ? 'ok  ' : 'OVER'} ${(r.bytes / KB).toFixed(1).padStart(7)} of ${r.budget / KB} kB  ${r.what}`);
const over = rows.filter((r) => !r.ok);
if (over.length > 0) {
  console.error(
    `${over.length} part(s) over budget: load it lazily, drop it, or argue for a larger budget in README.md`,
  );
  process.exit(1);
}
