import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { VirtualizerHandle } from 'virtua';
import type { ListRow } from './rows';
import type { Timeline, TimelineView } from './timeline';

const END_PX = 48;
const LOAD_PX = 900;
const CHIP_MS = 1_400;
/** Space above the New line when the list opens there. */
const ABOVE_NEW_PX = -96;
/** Signs that a person moves the list: scrolling by itself says nothing, the list does that too. */
const MOVED = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const;

type Anchor = { key: string; align: 'start' | 'center'; offset: number };

type Options = {
  timeline: Timeline;
  view: TimelineView;
  rows: readonly ListRow[];
  list: RefObject<VirtualizerHandle | null>;
  box: RefObject<HTMLDivElement | null>;
  onSeen: (number: number) => void;
};

/** Where the list stands: opens at the first unread, sticks to the end while it is there, loads ahead, says what was seen. */
export function useListScroll({ timeline, view, rows, list, box, onSeen }: Options) {
  const [atEnd, setAtEnd] = useState(true);
  const [topIndex, setTopIndex] = useState(-1);
  const stick = useRef(false);
  /** Where the list opened, held until somebody moves it: rows above are measured late and would push it away. */
  const anchor = useRef<Anchor | undefined>(undefined);
  const shown = useRef(-1);
  const newest = useRef<string | undefined>(undefined);
  const before = useRef(0);
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef(rows);
  latest.current = rows;

  const look = useCallback(() => {
    const handle = list.current;
    const all = latest.current;
    if (!handle || all.length === 0) return;
    const { scrollOffset, viewportSize, scrollSize } = handle;
    const end = scrollOffset + viewportSize >= scrollSize - END_PX;
    // Only a person scrolling up lets go of the end (see handleScroll): rows that grow late must not.
    if (end && !timeline.get().window.moreAfter) stick.current = true;
    setAtEnd(end);
    if (scrollOffset < LOAD_PX) void timeline.loadBefore();
    if (scrollOffset + viewportSize > scrollSize - LOAD_PX) void timeline.loadAfter();
    const last = all[end ? all.length - 1 : handle.findItemIndex(scrollOffset + viewportSize) - 1];
    const seen = last?.kind === 'message' ? last.number : all.findLast((row) => row.kind === 'message')?.number;
    if (seen !== undefined && (end || last?.kind === 'message')) onSeen(seen);
  }, [list, timeline, onSeen]);

  const settle = useCallback(() => {
    const all = latest.current;
    const { key, ...how } = anchor.current ?? { key: undefined };
    const index = all.findIndex((row) => row.key === key);
    if (index >= 0) list.current?.scrollToIndex(index, how);
    else if (stick.current) list.current?.scrollToIndex(all.length - 1, { align: 'end' });
  }, [list]);
  const release = useCallback(() => {
    anchor.current = undefined;
  }, []);

  // A new window: to the number asked for, the New line, or the end.
  useLayoutEffect(() => {
    if (view.status !== 'ready' || shown.current === view.generation) return;
    shown.current = view.generation;
    anchor.current = anchorOf(rows, view.target);
    stick.current = anchor.current === undefined;
    settle();
    const frame = requestAnimationFrame(() => requestAnimationFrame(look));
    return () => cancelAnimationFrame(frame);
  }, [view.status, view.generation, view.target, rows, look, settle]);

  useLayoutEffect(() => {
    const last = rows.at(-1);
    const grew = newest.current !== undefined && last?.key !== newest.current;
    newest.current = last?.key;
    // Who writes wants to see it, wherever the list stands.
    if (grew && last?.kind === 'unsent') stick.current = true;
    if (!stick.current) return;
    if (grew) release();
    settle();
  }, [rows, settle, release]);

  // Rows grow late (code gets its colours, a state line appears), the window shrinks: the end stays the end.
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(settle);
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    for (const sign of MOVED) element.addEventListener(sign, release, { passive: true });
    return () => {
      observer.disconnect();
      for (const sign of MOVED) element.removeEventListener(sign, release);
    };
  }, [box, settle, release]);

  // What arrives while the list stands at the end and the window is looked at has been seen.
  // biome-ignore lint/correctness/useExhaustiveDependencies: looks again whenever rows came or went
  useEffect(() => {
    const frame = requestAnimationFrame(look);
    addEventListener('focus', look);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('focus', look);
    };
  }, [look, rows.length]);

  const handleScroll = useCallback(
    (offset: number) => {
      if (offset < before.current - 1) stick.current = false;
      before.current = offset;
      look();
      setTopIndex(list.current?.findItemIndex(offset) ?? -1);
      clearTimeout(rest.current);
      rest.current = setTimeout(() => setTopIndex(-1), CHIP_MS);
    },
    [look, list],
  );
  useEffect(() => () => clearTimeout(rest.current), []);

  return { atEnd, topIndex, handleScroll, release };
}

/** To the number asked for, else to the New line; without either the list stands at its end. */
function anchorOf(rows: readonly ListRow[], target: number | undefined): Anchor | undefined {
  const named = rows.find((row) => row.kind === 'message' && row.number === target);
  if (named) return { key: named.key, align: 'center', offset: 0 };
  const firstNew = rows.find((row) => row.kind === 'message' && row.isNew);
  return firstNew && { key: firstNew.key, align: 'start', offset: ABOVE_NEW_PX };
}
