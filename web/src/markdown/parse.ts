import type { Root } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmAutolinkLiteralFromMarkdown } from 'mdast-util-gfm-autolink-literal';
import { gfmStrikethroughFromMarkdown } from 'mdast-util-gfm-strikethrough';
import { gfmAutolinkLiteral } from 'micromark-extension-gfm-autolink-literal';
import { gfmStrikethrough } from 'micromark-extension-gfm-strikethrough';
import { constructsOff, cutNesting } from './guard';

const MOST_CACHED = 1_000;
const cache = new Map<string, Root>();

/** Text to a syntax tree. Trees of recent texts are kept: a message is parsed once, not at every render. */
export function parse(text: string): Root {
  const held = cache.get(text);
  if (held) return held;
  const off = constructsOff(text);
  const root = fromMarkdown(cutNesting(text), {
    extensions: [
      gfmAutolinkLiteral(),
      ...(off.includes('strikethrough') ? [] : [gfmStrikethrough({ singleTilde: false })]),
      { disable: { null: off } },
    ],
    mdastExtensions: [gfmAutolinkLiteralFromMarkdown(), gfmStrikethroughFromMarkdown()],
  });
  if (cache.size >= MOST_CACHED) {
    const oldest = cache.keys().next();
    if (!oldest.done) cache.delete(oldest.value);
  }
  cache.set(text, root);
  return root;
}
