import { beforeEach, describe, expect, it } from 'vitest';
import { often, parseGroup, rememberEmoji, search, USUAL } from './search';
import { groups as german } from './words-de.gen';
import { groups as english } from './words-en.gen';

const en = english.flatMap(parseGroup);
const de = german.flatMap(parseGroup);

beforeEach(() => localStorage.clear());

describe('emoji', () => {
  it('are many, named, and the same in every language', () => {
    expect(en.length).toBeGreaterThan(1_700);
    expect(de.map((e) => e.emoji).sort()).toEqual(en.map((e) => e.emoji).sort());
    for (const { emoji, name } of [...en, ...de]) expect([emoji, name].includes(''), emoji).toBe(false);
  });

  it('are found by name, by what they mean, without accents and with colons', () => {
    const first = (list: typeof en, query: string) => search(list, query)[0]?.emoji;
    expect(first(en, 'rocket')).toBe('🚀');
    expect(first(en, ':rocket:')).toBe('🚀');
    expect(search(en, 'party').map((e) => e.emoji)).toContain('🎉');
    expect(search(de, 'gluck').map((e) => e.emoji)).toContain('🍀');
    expect(first(de, 'Rakete')).toBe('🚀');
    expect(search(en, 'red heart').map((e) => e.emoji)).toContain('❤️');
    expect(search(en, 'xyzzy')).toEqual([]);
  });

  it('that were chosen last come first, once, and not without bound', () => {
    for (const { emoji } of en.slice(0, 60)) rememberEmoji(emoji);
    rememberEmoji('🎉');
    rememberEmoji('🫡');
    const list = often();
    expect(list.slice(0, 2)).toEqual(['🫡', '🎉']);
    expect(new Set(list).size).toBe(list.length);
    expect(list).toHaveLength(USUAL.length);
    localStorage.setItem('plexichat.emoji', '{broken');
    expect(often()).toEqual(USUAL);
  });
});
