import type { List, Nodes, Parent } from 'mdast';
import { memo, type ReactNode } from 'react';
import { CodeBlock } from './CodeBlock';
import css from './markdown.module.css';
import { parse } from './parse';

/** A name that a text may contain: what to show for it, and whether it is the reader's own. */
export type Mark = { label: string; me: boolean };
export type Marks = ReadonlyMap<string, Mark>;

const SCHEMES = /^(?:https?:|mailto:)/i;
const NAME = /@([a-z0-9][a-z0-9._-]*)/gi;
const EMOJI_ONLY = /^(?:\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|️|‍\p{Extended_Pictographic})*\s?){1,3}$/u;

function text(value: string, marks: Marks): ReactNode {
  if (marks.size === 0 || !value.includes('@')) return value;
  const out: ReactNode[] = [];
  let at = 0;
  for (const match of value.matchAll(NAME)) {
    const found = [match[1] ?? '', (match[1] ?? '').replace(/[._-]+$/, '')].find((name) =>
      marks.has(name.toLowerCase()),
    );
    const mark = marks.get(found?.toLowerCase() ?? '');
    if (!found || !mark) continue;
    out.push(
      value.slice(at, match.index),
      <span key={match.index} className={mark.me ? css.mentionMe : css.mention}>
        @{mark.label}
      </span>,
    );
    at = match.index + found.length + 1;
  }
  return at === 0 ? value : [...out, value.slice(at)];
}

function kids(parent: Parent, marks: Marks): ReactNode {
  return parent.children.map((child, i) => <Node key={i} node={child as Nodes} marks={marks} />);
}

function items(list: List, marks: Marks): ReactNode {
  return list.children.map((item, i) => (
    <li key={i}>
      {item.children.map((child, j) => {
        const tight = child.type === 'paragraph' && !item.spread;
        return tight ? <span key={j}>{kids(child, marks)}</span> : <Node key={j} node={child} marks={marks} />;
      })}
    </li>
  ));
}

/** Only the node kinds listed here are drawn; anything else shows as its text. No HTML string exists anywhere. */
function Node({ node, marks }: { node: Nodes; marks: Marks }): ReactNode {
  switch (node.type) {
    case 'paragraph':
      return <p>{kids(node, marks)}</p>;
    case 'text':
      return text(node.value, marks);
    case 'strong':
      return <strong>{kids(node, marks)}</strong>;
    case 'emphasis':
      return <em>{kids(node, marks)}</em>;
    case 'delete':
      return <s>{kids(node, marks)}</s>;
    case 'inlineCode':
      return <code dir="ltr">{node.value}</code>;
    case 'break':
      return <br />;
    case 'heading':
      return (
        <p>
          <strong>{kids(node, marks)}</strong>
        </p>
      );
    case 'blockquote':
      return <blockquote>{kids(node, marks)}</blockquote>;
    case 'list':
      return node.ordered ? <ol start={node.start ?? 1}>{items(node, marks)}</ol> : <ul>{items(node, marks)}</ul>;
    case 'link':
      return SCHEMES.test(node.url) ? (
        <a href={node.url} rel="noopener noreferrer nofollow ugc" target="_blank">
          {kids(node, marks)}
        </a>
      ) : (
        <span>{kids(node, marks)}</span>
      );
    case 'code':
      return <CodeBlock code={node.value} language={node.lang ?? ''} />;
    case 'thematicBreak':
      return <hr />;
    default:
      if ('value' in node) return node.value;
      return 'children' in node ? kids(node, marks) : null;
  }
}

type Props = { source: string; marks: Marks; after?: ReactNode };

/** A message's text. `after` follows the last line, for instance "(edited)". */
export const Markdown = memo(function Markdown({ source, marks, after }: Props) {
  const { children } = parse(source);
  const last = children.at(-1);
  const inline = last?.type === 'paragraph';
  return (
    <div className={css.md} dir="auto" data-large={EMOJI_ONLY.test(source) || undefined}>
      {children.map((node, i) =>
        after && node === last && inline ? (
          <p key={i}>
            {kids(node as Parent, marks)} {after}
          </p>
        ) : (
          <Node key={i} node={node} marks={marks} />
        ),
      )}
      {after && !inline ? <p>{after}</p> : null}
    </div>
  );
});
