/**
 * A stretch of a timeline without holes, as pure functions: message ids in order of their channel number, and
 * whether the server has more at either end. Numbers of a main timeline are not dense (thread replies have
 * numbers too); that there is no hole follows from how pages join, not from counting.
 */
import type { Id, MessagePage, MessageView } from '../../api/types';

export type Row = { readonly id: Id; readonly number: number };
export type Window = { readonly rows: readonly Row[]; readonly moreBefore: boolean; readonly moreAfter: boolean };

export const emptyWindow: Window = { rows: [], moreBefore: false, moreAfter: false };

/** Beyond it the far end is forgotten and loaded again when scrolled to. */
export const MOST_ROWS = 1_000;

const rowsOf = (page: MessagePage): Row[] => page.messages.map(({ id, number }) => ({ id, number }));
const firstOf = (w: Window): number => w.rows[0]?.number ?? 0;
const lastOf = (w: Window): number => w.rows.at(-1)?.number ?? 0;

export function openWindow(page: MessagePage): Window {
  return { rows: rowsOf(page), moreBefore: page.more_before, moreAfter: page.more_after };
}

export function prependPage(w: Window, page: MessagePage): Window {
  const older = rowsOf(page).filter((row) => row.number < firstOf(w) || w.rows.length === 0);
  return { ...w, rows: [...older, ...w.rows], moreBefore: page.more_before };
}

export function appendPage(w: Window, page: MessagePage): Window {
  const newer = rowsOf(page).filter((row) => row.number > lastOf(w));
  return { ...w, rows: [...w.rows, ...newer], moreAfter: page.more_after };
}

/** A message that became known on its own. Outside of the window it is left for the page that brings it. */
export function insertMessage(w: Window, message: Pick<MessageView, 'id' | 'number'>): Window {
  const row = { id: message.id, number: message.number };
  const at = w.rows.findLastIndex((r) => r.number <= row.number);
  if (at >= 0 && w.rows[at]?.number === row.number) return w;
  if (at === w.rows.length - 1 && w.moreAfter) return w;
  if (at === -1 && w.moreBefore) return w;
  return { ...w, rows: [...w.rows.slice(0, at + 1), row, ...w.rows.slice(at + 1)] };
}

export type Trimmed = { window: Window; dropped: readonly Row[] };

/** Forgets rows at the far end from where the reader is. */
export function trim(w: Window, side: 'start' | 'end', most: number = MOST_ROWS): Trimmed {
  const over = w.rows.length - most;
  if (over <= 0) return { window: w, dropped: [] };
  if (side === 'start')
    return { window: { ...w, rows: w.rows.slice(over), moreBefore: true }, dropped: w.rows.slice(0, over) };
  return { window: { ...w, rows: w.rows.slice(0, most), moreAfter: true }, dropped: w.rows.slice(most) };
}
