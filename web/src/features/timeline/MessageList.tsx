import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { ArrowDown } from 'lucide-react';
import {
  type FocusEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import { entities } from '../../entities/entities';
import { useFormat } from '../../i18n/format';
import { useUnsent } from '../outbox';
import { useMessageWork } from './actions';
import { Message } from './Message';
import css from './MessageList.module.css';
import { readUpTo } from './reading';
import { type ListRow, listRows } from './rows';
import type { Timeline } from './timeline';
import { UnsentMessage } from './UnsentMessage';
import { useListKeys } from './useListKeys';
import { useListScroll } from './useListScroll';

type Props = {
  timeline: Timeline;
  name: string;
  composerId: string;
  activeRoot?: string | undefined;
  /** What stands above the first message of the channel. */
  start: ReactNode;
};

/** The virtual list of one timeline. One article is in the tab order at a time; old rows come in without a jump. */
export function MessageList({ timeline, name, composerId, activeRoot, start }: Props) {
  const { t } = useLingui();
  const format = useFormat();
  const view = useSyncExternalStore(timeline.subscribe, timeline.get);
  const unsent = useUnsent(timeline.channelId, timeline.rootId);
  const list = useRef<VirtualizerHandle>(null);
  const box = useRef<HTMLDivElement>(null);
  const [focusedKey, setFocusedKey] = useState<string | undefined>();
  const rows = useMemo(
    () => listRows(view.window, unsent, view.newAfter, entities.state.myId, (id) => entities.state.messages.get(id)),
    [view.window, view.newAfter, unsent],
  );
  const handleSeen = useCallback(
    (number: number) => {
      if (document.hasFocus() && !timeline.get().held) readUpTo(timeline.channelId, number);
    },
    [timeline],
  );
  const { atEnd, topIndex, handleScroll, release } = useListScroll({
    timeline,
    view,
    rows,
    list,
    box,
    onSeen: handleSeen,
  });
  const keys = useMemo(() => rows.map((row) => row.key), [rows]);
  const at = focusedKey === undefined ? -1 : keys.indexOf(focusedKey);
  const focused = at >= 0 ? at : lastMessage(rows);
  const keep = useMemo(() => (focused >= 0 ? [focused] : []), [focused]);
  const editing = useMessageWork((s) => s.editing);
  useEffect(() => {
    const index = editing === undefined ? -1 : keys.indexOf(editing);
    if (index >= 0) list.current?.scrollToIndex(index, { align: 'nearest' });
  }, [editing, keys]);
  const firstIndex = rows[0]?.kind === 'start' ? 1 : 0;
  const go = useCallback(
    (index: number) => {
      const next = Math.max(firstIndex, Math.min(keys.length - 1, index));
      setFocusedKey(keys[next]);
      list.current?.scrollToIndex(next, { align: 'nearest' });
      focusSoon(box, keys[next]);
    },
    [keys, firstIndex],
  );
  const handleKeys = useListKeys({ ids: keys, focused, go, composerId, inThread: false });
  const handleFocus = (event: FocusEvent) => {
    const id = (event.target as HTMLElement).closest('article')?.dataset['mid'];
    if (id !== undefined) setFocusedKey(id);
  };
  const first = view.window.rows[0]?.id;
  const grew = useGrewAtStart(first, view.generation);
  const top = rows[topIndex];
  const topDay = top?.kind === 'message' && top.day === undefined ? dayOf(top) : undefined;
  const newAfter = view.newAfter ?? Number.POSITIVE_INFINITY;
  const fresh = rows.filter((row) => row.kind === 'message' && row.number > newAfter && !row.mine).length;
  return (
    <div className={css.wrap}>
      {!atEnd && topDay !== undefined && (
        <div className={css.float} aria-hidden="true">
          <span>{format.day(topDay)}</span>
        </div>
      )}
      <div
        ref={box}
        id="messages"
        className={css.scroll}
        role="feed"
        aria-label={t`Messages in ${name}`}
        aria-busy={view.status === 'loading'}
        tabIndex={focused < 0 ? 0 : -1}
        onKeyDown={handleKeys}
        onFocus={handleFocus}
      >
        <div className={css.grow} />
        <Virtualizer
          ref={list}
          scrollRef={box}
          shift={grew}
          keepMounted={keep}
          itemSize={64}
          bufferSize={400}
          onScroll={handleScroll}
        >
          {rows.map((row, i) => (
            <div key={row.key} className={css.row} data-last={i === rows.length - 1 || undefined}>
              <Lines row={row} />
              {row.kind === 'start' && <article>{start}</article>}
              {row.kind === 'message' && (
                <Message
                  id={row.id}
                  joined={row.joined}
                  tab={i === focused}
                  position={i + 1 - firstIndex}
                  total={view.window.moreBefore || view.window.moreAfter ? -1 : rows.length - firstIndex}
                  isNew={row.isNew}
                  day={row.day === undefined ? undefined : format.day(row.day)}
                  active={row.id === activeRoot}
                  target={row.number === view.target}
                />
              )}
              {row.kind === 'unsent' && <UnsentMessage entry={row.entry} joined={row.joined} />}
            </div>
          ))}
        </Virtualizer>
      </div>
      {(!atEnd || view.window.moreAfter) && rows.length > 0 && (
        <button
          type="button"
          className={css.jump}
          onClick={() => {
            release();
            void toEnd(timeline, list, rows.length);
          }}
        >
          <ArrowDown size={16} aria-hidden />
          {fresh > 0 ? (
            <Plural value={fresh} one="# new message" other="# new messages" />
          ) : (
            <Trans>Jump to latest</Trans>
          )}
        </button>
      )}
    </div>
  );
}

function Lines({ row }: { row: ListRow }) {
  const format = useFormat();
  return (
    <>
      {row.day !== undefined && (
        <div className={css.day} aria-hidden="true">
          <span>{format.day(row.day)}</span>
        </div>
      )}
      {row.kind === 'message' && row.isNew && (
        <div className={css.new} aria-hidden="true">
          <span>
            <Trans>New</Trans>
          </span>
        </div>
      )}
    </>
  );
}

/** True for the render in which older rows came in above: the list then keeps its place from the end. */
function useGrewAtStart(first: string | undefined, generation: number): boolean {
  const before = useRef<{ first: string | undefined; generation: number }>({ first, generation });
  const { first: old, generation: oldGeneration } = before.current;
  useLayoutEffect(() => {
    before.current = { first, generation };
  }, [first, generation]);
  return oldGeneration === generation && old !== undefined && first !== old;
}

function lastMessage(rows: readonly ListRow[]): number {
  return rows.findLastIndex((row) => row.kind === 'message');
}

function dayOf(row: ListRow): number | undefined {
  const message = entities.state.messages.get(row.key);
  return message ? Date.parse(message.created_at) : undefined;
}

function focusSoon(box: { current: HTMLElement | null }, key: string | undefined): void {
  const focus = () =>
    box.current?.querySelector<HTMLElement>(`[data-mid="${key ?? ''}"]`)?.focus({ preventScroll: true });
  requestAnimationFrame(() => requestAnimationFrame(focus));
}

async function toEnd(timeline: Timeline, list: { current: VirtualizerHandle | null }, length: number): Promise<void> {
  if (timeline.get().window.moreAfter) await timeline.toLatest();
  else list.current?.scrollToIndex(length - 1, { align: 'end' });
}
