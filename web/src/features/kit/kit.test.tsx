import { screen } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { entities } from '../../entities/entities';
import { answers, json, problem, show } from '../../test/render';
import { snapshot } from '../../test/rows';
import { KitBanner } from './KitBanner';
import { KitStep } from './KitStep';
import { type SheetWords, sheetsOf } from './sheet';
import { useKeys } from './state';
import { isSame, positions } from './words';

const KEYS = 'GET /api/v1/admin/keys';
const MAKE = 'POST /api/v1/admin/keys/recovery-kit';
const PROVE = 'POST /api/v1/admin/keys/recovery-kit/proof';

const WORDS = Array.from({ length: 24 }, (_, i) => `wordno${String.fromCharCode(97 + i)}`);
const kit = {
  id: '5',
  form: 'words' as const,
  needed: 1,
  total: 1,
  fingerprint: 'ab12 cd34',
  created_at: '2026-11-27T10:00:00Z',
};
const made = { kit, words: WORDS, shares: [] };
const keys = { root_version: 1, vault: 'file', shred_grace_hours: 72, shred_needs_approval: false };

beforeEach(() => {
  useKeys.setState({ keys: undefined, error: undefined });
  entities.ingest({ kind: 'snapshot', snapshot: snapshot() });
});

describe('the step of the set-up', () => {
  const begin = async (prove: () => Response) => {
    const { asked, fake } = answers({
      [MAKE]: () => json(made, 201),
      [PROVE]: prove,
      [KEYS]: () => json({ ...keys, kit }),
    });
    vi.stubGlobal('fetch', fake);
    const done = vi.fn();
    const { person } = show(<KitStep onDone={done} />);
    await person.click(screen.getByRole('button', { name: 'Make the kit' }));
    await screen.findByText('wordnoc');
    await person.click(screen.getByRole('button', { name: 'I have kept it' }));
    const fields = screen.getAllByRole('textbox') as HTMLInputElement[];
    const wanted = fields.map(
      (field) => WORDS[Number(/\d+/.exec(field.labels?.[0]?.textContent ?? '')?.[0]) - 1] ?? '',
    );
    return { asked, person, done, fields, wanted };
  };

  it('shows the words once, asks for three of them and hands all in', async () => {
    const { asked, person, done, fields, wanted } = await begin(() => json(kit));
    expect(fields).toHaveLength(3);
    expect(screen.queryByText('wordnoc')).toBeNull();
    for (const [i, field] of fields.entries()) await person.type(field, wanted[i] ?? '');
    await person.click(screen.getByRole('button', { name: 'Prove' }));
    await screen.findByRole('heading', { name: 'The recovery kit counts' });
    expect(asked.find(({ call }) => call === PROVE)?.body).toEqual({ words: WORDS.join(' ') });
    await person.click(screen.getByRole('button', { name: 'Continue' }));
    expect(done).toHaveBeenCalledOnce();
  });

  it('sends nothing before the words are right, and says which is not', async () => {
    const { asked, person, fields, wanted } = await begin(() => json(kit));
    for (const [i, field] of fields.entries()) await person.type(field, i === 1 ? 'wrong' : (wanted[i] ?? ''));
    await person.click(screen.getByRole('button', { name: 'Prove' }));
    expect(screen.getAllByText(/This is not word \d+/)).toHaveLength(1);
    expect(asked.some(({ call }) => call === PROVE)).toBe(false);
  });

  it('shows what the server says when it does not take the kit', async () => {
    const { person, fields, wanted } = await begin(() => problem(409, 'conflict'));
    for (const [i, field] of fields.entries()) await person.type(field, wanted[i] ?? '');
    await person.click(screen.getByRole('button', { name: 'Prove' }));
    await screen.findByText('The kit was not taken.');
  });

  it('can be left for later', async () => {
    const done = vi.fn();
    const { person } = show(<KitStep onDone={done} />);
    await person.click(screen.getByRole('button', { name: 'Later' }));
    expect(done).toHaveBeenCalledOnce();
  });
});

describe('the banner', () => {
  it('stays until a kit counts', async () => {
    const served: { now: object } = { now: keys };
    vi.stubGlobal('fetch', answers({ [KEYS]: () => json(served.now) }).fake);
    show(<KitBanner />);
    await screen.findByText('There is no recovery kit yet.');
    served.now = { ...keys, waiting_kit: kit };
    const { refreshKeys } = await import('./state');
    await refreshKeys();
    await screen.findByText('The recovery kit was not proven yet.');
    served.now = { ...keys, kit };
    await refreshKeys();
    expect(screen.queryByRole('complementary')).toBeNull();
  });
});

describe('words', () => {
  it('are asked for at different places, in order', () => {
    for (let round = 0; round < 50; round += 1) {
      const at = positions(24);
      expect(new Set(at).size).toBe(3);
      expect([...at].sort((a, b) => a - b)).toEqual(at);
      expect(at.every((n) => n >= 0 && n < 24)).toBe(true);
    }
    expect(positions(2, 3, () => 0)).toEqual([0, 1]);
  });

  it('are taken in any case and by their first four letters', () => {
    expect(isSame(' Abandon ', 'abandon')).toBe(true);
    expect(isSame('aban', 'abandon')).toBe(true);
    expect(isSame('aba', 'abandon')).toBe(false);
    expect(isSame('abandons', 'abandon')).toBe(false);
    expect(isSame('act', 'act')).toBe(true);
    expect(isSame('', 'act')).toBe(false);
  });
});

describe('sheets', () => {
  const words: SheetWords = { title: 'T', made: 'M', fingerprint: 'F', ofWords: ['W'], ofShare: (n) => [`S ${n}`] };

  it('have comments for people, and numbered words', () => {
    const [sheet, ...rest] = sheetsOf(made, words);
    expect(rest).toEqual([]);
    expect(sheet?.file).toBe('recovery-kit.txt');
    const lines = sheet?.text.split('\n') ?? [];
    expect(lines.slice(0, 6)).toEqual(['# T', '# M', '# F', '#', '# W', '']);
    expect(lines[6]).toBe('   1  wordnoa     2  wordnob     3  wordnoc     4  wordnod');
    expect(lines).toHaveLength(6 + 6 + 1);
  });

  it('are one for each share', () => {
    const share = Array.from({ length: 17 }, (_, i) => `g${i}`).join(' ');
    const sheets = sheetsOf(
      { kit: { ...kit, form: 'shares', needed: 2, total: 2 }, words: [], shares: [share, share] },
      words,
    );
    expect(sheets.map(({ file }) => file)).toEqual(['recovery-share-1-of-2.txt', 'recovery-share-2-of-2.txt']);
    expect(sheets[1]?.text).toContain('# S 2\n\ng0 g1');
    expect(sheets[1]?.text).toContain('g14\ng15 g16\n');
  });
});
