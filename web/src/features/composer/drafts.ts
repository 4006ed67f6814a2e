/** Drafts by place (channel or thread), kept in local storage per person. The oldest go beyond the bound. */
import { create } from 'zustand';
import type { Id } from '../../api/types';

const MOST_DRAFTS = 200;
const PREFIX = 'plexichat.drafts.';
const WRITE_MS = 300;

type Drafts = { byPlace: Readonly<Record<string, string>> };
export const useDrafts = create<Drafts>()(() => ({ byPlace: {} }));

let owner: Id | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

export const placeOf = (channelId: Id, threadId?: Id): string => (threadId ? `${channelId}/${threadId}` : channelId);

export function openDrafts(userId: Id): void {
  owner = userId;
  useDrafts.setState({ byPlace: parse(localStorage.getItem(PREFIX + userId)) });
}

export function closeDrafts(): void {
  save();
  owner = undefined;
  useDrafts.setState({ byPlace: {} });
}

export function draftOf(place: string): string {
  return useDrafts.getState().byPlace[place] ?? '';
}

export function setDraft(place: string, text: string): void {
  const { [place]: _old, ...others } = useDrafts.getState().byPlace;
  const entries = Object.entries(text.trim() === '' ? others : { ...others, [place]: text });
  useDrafts.setState({ byPlace: Object.fromEntries(entries.slice(-MOST_DRAFTS)) });
  clearTimeout(timer);
  timer = setTimeout(save, WRITE_MS);
}

function save(): void {
  clearTimeout(timer);
  if (owner === undefined) return;
  try {
    localStorage.setItem(PREFIX + owner, JSON.stringify(useDrafts.getState().byPlace));
  } catch {
    // Storage is full or forbidden: drafts live as long as the page.
  }
}

if (typeof addEventListener === 'function') addEventListener('pagehide', save);

function parse(text: string | null): Record<string, string> {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(Object.entries(value).filter(([, draft]) => typeof draft === 'string'));
  } catch {
    return {};
  }
}
