/**
 * Values of the log as text that shows what is in it: what would not be seen, would move the rest of the line, or could be
 * taken for something else is written as its code point.
 */

// Control characters, signs of direction and of joining, separators of lines, tags: what draws nothing or moves other text.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu;

const escaped = (letter: string): string => `\\u{${(letter.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}}`;

export function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.replace(HIDDEN, escaped);
}
