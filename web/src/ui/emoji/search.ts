/** Emoji with the words they are found by, and what was chosen last on this device. */

export type Emoji = { emoji: string; name: string; words: readonly string[] };

const KEY = 'plexichat.emoji';
const MOST_RECENT = 24;
const MOST_FOUND = 160;

/** What people use most; shown at once, until the words have come and the person has habits of their own. */
export const USUAL: readonly string[] = Array.from(
  new Intl.Segmenter().segment('👍👎❤️🎉👀✅🚀🙏😂😀😊😍🤔😮😢😡👏🙌💯🔥⭐💡❌❓➕👋🤝💪☕🎂🌱🐛🔧📌📅⏳🛑🎯🧠🫡'),
  (part) => part.segment,
);

const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLocaleLowerCase();

export function parseGroup(group: string): Emoji[] {
  return group.split('\n').map((line) => {
    const [emoji = '', name = '', ...tags] = line.split('|');
    return { emoji, name, words: folded([name, ...tags].join(' ')).split(/[\s,:–-]+/u) };
  });
}

/** Every word asked for begins a word of the emoji; those whose name begins with it come first. */
export function search(all: readonly Emoji[], query: string): Emoji[] {
  const wanted = folded(query.trim().replace(/^:|:$/g, '').replaceAll('_', ' ')).split(/\s+/u);
  const found = all.filter(({ words }) => wanted.every((part) => words.some((word) => word.startsWith(part))));
  const first = wanted[0] ?? '';
  const rank = ({ words }: Emoji) => (words[0]?.startsWith(first) ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b)).slice(0, MOST_FOUND);
}

/** What was chosen last on this device, newest first, filled up with what people use most. */
export function often(): string[] {
  return [...new Set([...recent(), ...USUAL])].slice(0, USUAL.length);
}

function recent(): string[] {
  try {
    const held: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(held) ? held.filter((e) => typeof e === 'string').slice(0, MOST_RECENT) : [];
  } catch {
    return [];
  }
}

export function rememberEmoji(emoji: string): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([...new Set([emoji, ...recent()])].slice(0, MOST_RECENT)));
  } catch {
    // Storage is full or forbidden: the usual ones stay in front.
  }
}
