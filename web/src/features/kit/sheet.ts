/**
 * A recovery kit as text: what a printer, a pair of eyes and `plexichat keys kit prove --file` can all read. Lines for
 * people begin with "#"; the rest is the kit itself.
 */
import type { NewRecoveryKit } from '../../api/types';

export type Sheet = { file: string; text: string };
/** The lines for people, in their language: what it is and how to keep it. */
export type SheetWords = {
  title: string;
  made: string;
  fingerprint: string;
  ofWords: readonly string[];
  ofShare: (number: number) => readonly string[];
};

const WORDS_ACROSS = 4;
const WORD_WIDTH = 9;
const GROUPS_ACROSS = 15;

const rows = (cells: readonly string[], across: number): string[][] =>
  Array.from({ length: Math.ceil(cells.length / across) }, (_, row) => cells.slice(row * across, (row + 1) * across));

function wordsSheet(head: readonly string[], words: readonly string[], lines: readonly string[]): Sheet {
  const cells = words.map((word, at) => `${String(at + 1).padStart(4)}  ${word.padEnd(WORD_WIDTH)}`);
  const grid = rows(cells, WORDS_ACROSS).map((row) => row.join('').trimEnd());
  return { file: 'recovery-kit.txt', text: `${[...head, ...lines.map(comment), '', ...grid].join('\n')}\n` };
}

function comment(line: string): string {
  return `# ${line}`;
}

export function sheetsOf(made: NewRecoveryKit, words: SheetWords): Sheet[] {
  const head = [words.title, words.made, words.fingerprint].map(comment).concat('#');
  if (made.words.length > 0) return [wordsSheet(head, made.words, words.ofWords)];
  return made.shares.map((share, at) => {
    const groups = rows(share.split(' '), GROUPS_ACROSS).map((row) => row.join(' '));
    const lines = [...head, ...words.ofShare(at + 1).map(comment), '', ...groups];
    return { file: `recovery-share-${at + 1}-of-${made.shares.length}.txt`, text: `${lines.join('\n')}\n` };
  });
}

/** Hands a sheet to the person as a file. It goes nowhere else. */
export function save({ file, text }: Sheet): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = file;
  link.click();
  // The browser has taken it when the click is over; a moment more harms nobody.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
