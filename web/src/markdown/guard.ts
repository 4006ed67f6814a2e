/**
 * What is done to a text before the parser sees it. Length alone is no defence: 4,000 nested quotes cost a
 * second. Containers deeper than the server's bound are cut, and texts with absurd numbers of openers are
 * parsed without the construct in question.
 */

/** Same bound as the server's `MESSAGE_NESTING`. */
export const MOST_NESTING = 8;
const MOST_INDENT = 2 * MOST_NESTING;
const MOST_BRACKETS = 100;
const MOST_MARKS = 1_000;

const MARKER = /^[ \t]{0,3}(?:>[ \t]?|[-+*][ \t]+|\d{1,9}[.)][ \t]+)/;
const FENCE = /^[ \t]{0,3}(`{3,}|~{3,})/;

/** Drops container markers beyond the bound and indentation that could only nest lists deeper. */
function cutLine(line: string): string {
  const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
  const start = indent.length > MOST_INDENT ? indent.slice(0, MOST_INDENT) : indent;
  let rest = line.slice(indent.length);
  let kept = start;
  for (let depth = Math.floor(start.length / 2); ; depth += 1) {
    const marker = MARKER.exec(rest)?.[0];
    if (marker === undefined) return kept + rest;
    if (depth < MOST_NESTING) kept += marker;
    rest = rest.slice(marker.length);
  }
}

export function cutNesting(text: string): string {
  let fence = '';
  return text
    .split('\n')
    .map((line) => {
      const mark = FENCE.exec(line)?.[1];
      if (fence === '') {
        if (mark !== undefined) fence = mark;
        return mark === undefined ? cutLine(line) : line;
      }
      if (mark?.startsWith(fence) && line.trim() === mark) fence = '';
      return line;
    })
    .join('\n');
}

const ALWAYS_OFF = ['htmlFlow', 'htmlText', 'definition', 'setextUnderline', 'codeIndented', 'labelStartImage'];

function count(text: string, chars: string): number {
  let n = 0;
  for (const c of text) if (chars.includes(c)) n += 1;
  return n;
}

/** Names of micromark constructs that are off for this text. Raw HTML, images and definitions are off for all. */
export function constructsOff(text: string): string[] {
  const off = [...ALWAYS_OFF];
  if (count(text, '[') > MOST_BRACKETS) off.push('labelStartLink', 'labelEnd');
  if (count(text, '*_~') > MOST_MARKS) off.push('attention', 'strikethrough');
  return off;
}
