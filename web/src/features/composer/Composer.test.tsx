import { fireEvent, screen } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { entities } from '../../entities/entities';
import { show } from '../../test/render';
import { CHANNEL_ID, snapshot, user } from '../../test/rows';
import { Composer, type ComposerProps } from './Composer';
import { closeDrafts, openDrafts } from './drafts';

const set = (change: Partial<ComposerProps> = {}) => {
  const onSend = vi.fn(() => true);
  const props = { id: 'composer', channelId: CHANNEL_ID, label: 'Message #general', onSend, ...change };
  const view = show(<Composer {...props} />);
  return { ...view, onSend, field: screen.getByLabelText('Message #general') as HTMLTextAreaElement };
};

beforeEach(() => {
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ items: [] })));
  entities.ingest({ kind: 'snapshot', snapshot: snapshot() });
  openDrafts('1');
});

describe('writing', () => {
  it('sends with Enter, starts a line with Shift Enter', async () => {
    const { person, field, onSend } = set();
    await person.type(field, 'one{Shift>}{Enter}{/Shift}two{Enter}');
    expect(onSend).toHaveBeenCalledWith('one\ntwo');
    expect(field.value).toBe('');
  });

  it('does not send nothing, and keeps the text when it is not taken', async () => {
    const { person, field, onSend } = set({ onSend: vi.fn(() => false) });
    await person.type(field, '   {Enter}');
    expect(onSend).not.toHaveBeenCalled();
    await person.clear(field);
    await person.type(field, 'kept{Enter}');
    expect(field.value).toBe('kept');
  });

  it('leaves Enter to an input method', async () => {
    const { person, field, onSend } = set();
    await person.type(field, 'にほん');
    fireEvent.keyDown(field, { key: 'Enter', isComposing: true });
    expect(onSend).not.toHaveBeenCalled();
  });

  it('adds a line inside an open fence', async () => {
    const { person, field, onSend } = set();
    await person.type(field, '```{Shift>}{Enter}{/Shift}let a = 1{Enter}');
    expect(onSend).not.toHaveBeenCalled();
  });

  it('edits the last message with arrow up when empty', async () => {
    const onEditLast = vi.fn();
    const { person, field } = set({ onEditLast });
    await person.type(field, '{ArrowUp}');
    expect(onEditLast).toHaveBeenCalledTimes(1);
    await person.type(field, 'text{ArrowUp}');
    expect(onEditLast).toHaveBeenCalledTimes(1);
  });

  it('keeps a draft per place', async () => {
    const first = set();
    await first.person.type(first.field, 'half a thought');
    first.unmount();
    closeDrafts();
    openDrafts('1');
    expect(set().field.value).toBe('half a thought');
  });
});

describe('pasting', () => {
  const paste = (field: HTMLTextAreaElement, text: string) =>
    fireEvent.paste(field, { clipboardData: { getData: () => text } });

  it('makes a link of the words an address is pasted over', async () => {
    const { person, field } = set();
    await person.type(field, 'read the report');
    field.setSelectionRange(9, 15);
    paste(field, ' https://example.org/report ');
    expect(field.value).toBe('read the [report](https://example.org/report)');
  });

  it('leaves everything else to the browser', async () => {
    const { person, field } = set();
    await person.type(field, 'read');
    for (const [from, to, text] of [
      [4, 4, 'https://example.org'],
      [0, 4, 'not an address'],
      [0, 4, 'https://example.org and more'],
    ] as const) {
      field.setSelectionRange(from, to);
      expect(paste(field, text)).toBe(true);
    }
    expect(field.value).toBe('read');
  });
});

describe('mentions', () => {
  it('offers who fits and puts the handle', async () => {
    entities.ingest({ kind: 'users', users: [user('9', { handle: 'zoe', display_name: 'Zoë Quinn' })] });
    const { person, field, onSend } = set();
    await person.type(field, 'hello @zo');
    expect(screen.getByRole('option', { name: /Zoë Quinn/ })).toBeTruthy();
    await person.keyboard('{Enter}');
    expect(field.value).toBe('hello @zoe ');
    expect(onSend).not.toHaveBeenCalled();
    expect(screen.queryByRole('listbox')).toBeNull();
  });

  it('closes with Escape', async () => {
    const { person, field } = set();
    await person.type(field, '@u2{Escape}');
    expect(screen.queryByRole('listbox')).toBeNull();
  });
});
