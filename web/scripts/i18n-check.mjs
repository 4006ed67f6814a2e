// Fails when the catalogues do not match the source, or when a string has no German.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const names = ['en', 'de', 'admin/en', 'admin/de'];
const files = names.map((name) => new URL(`../src/i18n/locales/${name}.po`, import.meta.url).pathname);
const meaning = (po) =>
  po
    .split('\n')
    .filter((line) => !line.startsWith('"POT-Creation-Date'))
    .join('\n');
const before = files.map((f) => readFileSync(f, 'utf8'));
const run = spawnSync('npx', ['lingui', 'extract', '--clean'], { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
const after = files.map((f) => readFileSync(f, 'utf8'));
before.forEach((text, i) => {
  writeFileSync(files[i], text);
});

const faults = [];
if (run.status !== 0) faults.push(`extraction failed:\n${run.stdout}${run.stderr}`);
files.forEach((file, i) => {
  if (meaning(before[i]) !== meaning(after[i])) faults.push(`${file} is stale. Run: npm run i18n:extract`);
});
const german = after.filter((_, i) => names[i].endsWith('de')).join('\n\n');
const missing = [...german.matchAll(/^msgid "(.+)"\nmsgstr ""\n(?!")/gm)].map((m) => m[1]);
if (missing.length > 0) faults.push(`no German for:\n  ${missing.join('\n  ')}`);
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log('catalogues are complete and match the source');
