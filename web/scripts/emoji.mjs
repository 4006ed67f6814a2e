// Writes the emoji data of the picker: what can be chosen, with names and search words, one file a language.
//
//   npm pack emojibase-data@17.0.0 && tar xzf emojibase-data-17.0.0.tgz && node scripts/emoji.mjs package
//
// The result is committed: it changes with Unicode, once a year, and a build needs nothing but what is here.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the systems of the last years can draw. */
const NEWEST = 15;
/** Groups of Unicode as tabs; components (2) are no emoji by themselves. */
const GROUPS = [0, 1, 3, 4, 5, 6, 7, 8, 9];
const MOST_WORDS = 12;

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('say where emojibase-data is unpacked');
const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

for (const language of ['en', 'de']) {
  const all = JSON.parse(readFileSync(join(folder, language, 'data.json'), 'utf8'));
  const line = ({ emoji, label, tags = [] }) => {
    const words = tags.filter((tag) => !label.toLowerCase().includes(tag.toLowerCase())).slice(0, MOST_WORDS);
    return [emoji, label, ...words].join('|');
  };
  const groups = GROUPS.map((group) =>
    all
      .filter((e) => e.group === group && e.version <= NEWEST)
      .sort((a, b) => a.order - b.order)
      .map(line)
      .join('\n'),
  );
  const head = `// Written by scripts/emoji.mjs from emojibase-data ${version} (MIT, © Miles Johnson; names from Unicode CLDR). Do not edit.`;
  const path = new URL(`../src/ui/emoji/words-${language}.gen.ts`, import.meta.url);
  writeFileSync(path, `${head}\n\nexport const groups: readonly string[] = ${JSON.stringify(groups)};\n`);
}
