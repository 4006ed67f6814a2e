import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { render } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { cutNesting } from './guard';
import { Markdown, type Marks } from './Markdown';
import { parse } from './parse';

const marks: Marks = new Map([
  ['priya', { label: 'Priya Raman', me: false }],
  ['everyone', { label: 'everyone', me: true }],
]);
const draw = (source: string, names: Marks = new Map()) =>
  render(
    <I18nProvider i18n={i18n}>
      <Markdown source={source} marks={names} />
    </I18nProvider>,
  ).container;

describe('what is drawn', () => {
  it('knows emphasis, lists, quotes, code and links', () => {
    const html = draw('**bold** *soft* ~~gone~~ `code`\n\n- one\n- two\n\n> quote\n\nhttps://example.org').innerHTML;
    for (const part of [
      '<strong>bold</strong>',
      '<em>soft</em>',
      '<s>gone</s>',
      '<li>',
      '<blockquote>',
      'href="https://example.org"',
    ])
      expect(html).toContain(part);
  });

  it('never draws HTML, images or foreign schemes', () => {
    const box = draw(
      '<img src=x onerror=alert(1)> <script>1</script>\n\n![i](https://e.org/i.png) [a](javascript:alert(1)) [b](data:text/html,x)',
    );
    expect(box.querySelector('img, script, [onerror]')).toBeNull();
    expect(
      [...box.querySelectorAll('a')].map((a) => a.getAttribute('href')).filter((h) => !h?.startsWith('https:')),
    ).toEqual([]);
    expect(box.textContent).toContain('<script>');
  });

  it('shows only the names the server resolved', () => {
    const box = draw('hello @priya, @everyone and @nobody. mail@priya', marks);
    expect([...box.querySelectorAll('span')].map((s) => s.textContent)).toContain('@Priya Raman');
    expect(box.textContent).toContain('@nobody');
  });

  it('keeps line breaks and right-to-left text as written', () => {
    const box = draw('שלום\nعالم');
    expect(box.querySelector('[dir="auto"]')?.textContent).toBe('שלום\nعالم');
  });
});

const depth = (source: string): number => {
  const walk = (node: { type: string; children?: unknown[] }): number => {
    const below = Math.max(0, ...(node.children ?? []).map((child) => walk(child as { type: string })));
    return below + (node.type === 'blockquote' || node.type === 'list' ? 1 : 0);
  };
  return walk(parse(source));
};

describe('the guard', () => {
  it('cuts nesting to eight levels', () => {
    expect(depth(`${'> '.repeat(4_000)}deep`)).toBeLessThanOrEqual(8);
    expect(depth(`${'- '.repeat(4_000)}deep`)).toBeLessThanOrEqual(8);
    expect(depth(`${'>'.repeat(4_000)}deep`)).toBeLessThanOrEqual(8);
    const steps = Array.from({ length: 40 }, (_, i) => `${'  '.repeat(i)}- step`).join('\n');
    expect(depth(steps)).toBeLessThanOrEqual(9);
  });

  it('leaves ordinary texts and code alone', () => {
    const text = '- a\n  - b\n\n> > quoted\n\n```\n> > > > > > > > > > not a quote\n```';
    expect(cutNesting(text)).toBe(text);
  });

  it('stays fast on hostile texts', () => {
    const hostile = [
      '['.repeat(12_000),
      '*a '.repeat(4_000),
      '> '.repeat(6_000),
      '`'.repeat(12_000),
      '![['.repeat(4_000),
      '~~a'.repeat(4_000),
    ];
    for (const text of hostile) {
      const before = performance.now();
      parse(text);
      expect(performance.now() - before).toBeLessThan(1_500);
    }
  });
});
