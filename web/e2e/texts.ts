/** Real texts in several languages and scripts, from Debian's fortunes where they are installed. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = '/usr/share/games/fortunes';
const LONGEST = 400;

/** Used where the packages are missing: public-domain lines of the same languages. */
const OWN = [
  'The tao that can be told is not the eternal Tao.',
  'Wer fremde Sprachen nicht kennt, weiß nichts von seiner eigenen.',
  'В начале было слово.',
  'いろはにほへと ちりぬるを',
  'Caminante, no hay camino, se hace camino al andar.',
  'في التأني السلامة وفي العجلة الندامة',
];

function files(folder: string, depth = 0): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return depth < 2 ? files(path, depth + 1) : [];
    return /\.(dat|u8)$/.test(name) ? [] : [path];
  });
}

/** One line of plain words: what the browser shows is what was sent, so that tests can look for it. */
function plain(text: string): string | undefined {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 8 && line.length < LONGEST && !/[*_`~<>[\]|#\\@:%-]|\d\.|\uFFFD/.test(line) ? line : undefined;
}

export function fortunes(wanted: number): string[] {
  try {
    const found = files(FOLDER).flatMap((path) => {
      const lines = readFileSync(path, 'utf8')
        .split('\n%\n')
        .map(plain)
        .filter((line) => line !== undefined);
      return lines.slice(0, 3);
    });
    const step = Math.max(1, Math.floor(found.length / wanted));
    const chosen = [...new Set(found.filter((_, i) => i % step === 0))];
    return [...OWN, ...chosen].slice(0, wanted);
  } catch {
    return OWN;
  }
}
