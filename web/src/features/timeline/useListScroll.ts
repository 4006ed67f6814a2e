import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { VirtualizerHandle } from 'virtua';
import type { ListRow } from './rows';
import type { Timeline, TimelineView } from './timeline';

const END_PX = 48;
const LOAD_PX = 900;
const CHIP_MS = 1_400;
/** Space above the New line when the list opens there. */
const ABOVE_NEW_PX = -96;

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
  const shown = useRef(-1);
  const written = useRef('');
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

  // A new window: to the number asked for, the New line, or the end.
  useLayoutEffect(() => {
    if (view.status !== 'ready' || shown.current === view.generation) return;
    shown.current = view.generation;
    const target =
      view.target === undefined ? -1 : rows.findIndex((r) => r.kind === 'message' && r.number === view.target);
    const firstNew = rows.findIndex((row) => row.kind === 'message' && row.isNew);
    if (target >= 0) list.current?.scrollToIndex(target, { align: 'center' });
    else if (firstNew >= 0) list.current?.scrollToIndex(firstNew, { align: 'start', offset: ABOVE_NEW_PX });
    else list.current?.scrollToIndex(rows.length - 1, { align: 'end' });
    stick.current = target < 0 && firstNew < 0;
    const frame = requestAnimationFrame(() => requestAnimationFrame(look));
    return () => cancelAnimationFrame(frame);
  }, [view.status, view.generation, view.target, rows, list, look]);

  useLayoutEffect(() => {
    const last = rows.at(-1);
    // Who writes wants to see it, wherever the list stands.
    if (last?.kind === 'unsent' && last.key !== written.current) stick.current = true;
    written.current = last?.kind === 'unsent' ? last.key : written.current;
    if (stick.current && last) list.current?.scrollToIndex(rows.length - 1, { align: 'end' });
  }, [rows, list]);

  // Rows grow late (code gets its colours, a state line appears), the window shrinks: the end stays the end.
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => {
      if (stick.current) list.current?.scrollToIndex(latest.current.length - 1, { align: 'end' });
    });
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, [box, list]);

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

  return { atEnd, topIndex, handleScroll };
}
