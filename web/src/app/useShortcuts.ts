import { useEffect } from 'react';
import type { ChannelState, Id } from '../api/types';
import { entities } from '../entities/entities';
import { isUnread } from '../entities/hooks';
import { closeOverlay, openOverlay, useOverlay } from '../lib/overlay';
import { navigate } from '../lib/router';

/** Where F6 stops, in order. */
const REGIONS = [
  '[data-region="rail"] a',
  '[data-region="sidebar"] a',
  '#messages article[tabindex="0"]',
  '#composer',
  '#thread-composer',
];

function nextRegion(step: 1 | -1): void {
  const stops = REGIONS.map((selector) => document.querySelector<HTMLElement>(selector)).filter(
    (element) => element !== null,
  );
  const region = (element: HTMLElement) => element.closest('[data-region], #messages, form') ?? element;
  const at = stops.findIndex((element) => region(element).contains(document.activeElement));
  stops[(at + step + stops.length) % stops.length]?.focus();
}

/** The order of the sidebar, read from what is drawn. */
function neighbour(currentId: Id | undefined, step: 1 | -1, unreadOnly: boolean): ChannelState | undefined {
  const links = [...document.querySelectorAll<HTMLAnchorElement>('[data-region="sidebar"] a')];
  const ids = links.map((link) => link.pathname.split('/').at(-1) ?? '');
  const at = ids.indexOf(currentId ?? '');
  for (let n = 1; n <= ids.length; n += 1) {
    const channel = entities.state.channels.get(ids[(at + step * n + ids.length * n) % ids.length] ?? '');
    if (channel && (!unreadOnly || isUnread(channel))) return channel;
  }
  return undefined;
}

/** A letter typed while nothing has focus goes into the message: where the focus moves now, the letter lands. */
function typeAnywhere(event: KeyboardEvent, mod: boolean): void {
  const letter = event.key.length === 1 && event.key !== ' ' && !mod && !event.altKey && !event.isComposing;
  if (letter && event.target === document.body) document.getElementById('composer')?.focus();
}

/** Keys that work everywhere. Ctrl N belongs to the browser, so a new message is Alt N. */
export function useShortcuts(currentId: Id | undefined): void {
  useEffect(() => {
    const handleKey = (event: KeyboardEvent) => {
      const mod = event.ctrlKey || event.metaKey;
      const dialogOpen = useOverlay.getState().overlay !== undefined;
      const arrow = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
      if (mod && event.key.toLowerCase() === 'k') {
        if (dialogOpen) closeOverlay();
        else openOverlay({ kind: 'switcher' });
      } else if (mod && event.key === '/') openOverlay({ kind: 'keys' });
      else if (dialogOpen) return;
      else if (mod && event.key === ',') navigate({ name: 'settings', page: 'profile' });
      else if (event.altKey && !mod && event.key.toLowerCase() === 'n') openOverlay({ kind: 'new-message' });
      else if (event.altKey && !mod && arrow !== 0) {
        const channel = neighbour(currentId, arrow, event.shiftKey)?.channel;
        if (channel) navigate({ name: 'channel', workspaceId: channel.workspace_id, channelId: channel.id });
      } else if (event.key === 'F6') nextRegion(event.shiftKey ? -1 : 1);
      else return typeAnywhere(event, mod);
      event.preventDefault();
    };
    addEventListener('keydown', handleKey);
    return () => removeEventListener('keydown', handleKey);
  }, [currentId]);
}
