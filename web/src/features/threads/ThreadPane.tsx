import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { ArrowLeft, X } from 'lucide-react';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { errorText } from '../../api/errors';
import { getMessage } from '../../api/messages';
import type { Id } from '../../api/types';
import { entities } from '../../entities/entities';
import { useChannel, useMessage } from '../../entities/hooks';
import { useTitle } from '../../entities/useTitle';
import { navigate } from '../../lib/router';
import { usePhone } from '../../lib/useMedia';
import { connection } from '../../realtime';
import { Button } from '../../ui/Button';
import { Notice, Skeleton } from '../../ui/display';
import { IconButton } from '../../ui/IconButton';
import { Composer } from '../composer';
import { outbox, useUnsent } from '../outbox';
import { lastOwn, listRows, Message, timelines, UnsentMessage, useListKeys, useMessageWork } from '../timeline';
import css from './ThreadPane.module.css';

type Props = { channelId: Id; rootId: Id };
const END_PX = 60;

/** The root, its replies, a composer. Beside the channel where there is room, over it or alone where there is not. */
export function ThreadPane({ channelId, rootId }: Props) {
  const { t } = useLingui();
  const channel = useChannel(channelId);
  const title = useTitle(channel);
  const phone = usePhone();
  const Tag = phone ? 'main' : 'section';
  const Heading = phone ? 'h1' : 'h2';
  const workspaceId = channel?.channel.workspace_id;
  const close = useCallback(() => {
    navigate({ name: 'channel', workspaceId, channelId });
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`#messages [data-mid="${rootId}"]`)?.focus());
  }, [workspaceId, channelId, rootId]);
  const may = channel?.permissions.includes('reply_in_threads') ?? false;
  return (
    <Tag className={css.pane} aria-label={t`Thread`}>
      <header className={css.head}>
        <IconButton className={css.back} label={t`Back to channel`} onPress={close}>
          <ArrowLeft size={20} aria-hidden className="flip" />
        </IconButton>
        <div>
          <Heading>
            <Trans>Thread</Trans>
          </Heading>
          <p>
            {title.prefix}
            {title.text}
          </p>
        </div>
        <IconButton className={css.close} label={t`Close thread`} keys="Esc" onPress={close}>
          <X size={18} aria-hidden />
        </IconButton>
      </header>
      <Replies channelId={channelId} rootId={rootId} onEscape={close} />
      {may && (
        <Composer
          key={rootId}
          id="thread-composer"
          channelId={channelId}
          threadId={rootId}
          label={t`Reply in thread`}
          autoFocus={!phone}
          onSend={(text) => {
            if (outbox.full) return false;
            outbox.add({ channelId, threadId: rootId, text });
            return true;
          }}
          onTyping={() => connection.typing(channelId, rootId)}
          onEditLast={() => useMessageWork.setState({ editing: lastOwn(channelId, rootId) })}
          onEscape={close}
        />
      )}
    </Tag>
  );
}

function useRoot(channelId: Id, rootId: Id) {
  const root = useMessage(rootId);
  useEffect(() => {
    if (entities.state.messages.has(rootId)) return;
    // Not on any loaded page: the thread was opened by its address.
    getMessage(channelId, rootId)
      .then((message) => entities.ingest({ kind: 'page', channelId, page: asPage(channelId, message) }))
      .catch(() => undefined);
  }, [channelId, rootId]);
  return root;
}

function asPage(channelId: Id, message: Awaited<ReturnType<typeof getMessage>>) {
  const head = entities.state.channels.get(channelId)?.head;
  const empty = { version: 0, last_number: 0, last_main_number: 0, first_number: 0 };
  return { messages: [message], users: [], more_before: false, more_after: false, head: head ?? empty };
}

function Replies({ channelId, rootId, onEscape }: Props & { onEscape: () => void }) {
  const { t } = useLingui();
  const timeline = useMemo(() => timelines.show(channelId, rootId), [channelId, rootId]);
  const view = useSyncExternalStore(timeline.subscribe, timeline.get);
  const unsent = useUnsent(channelId, rootId);
  const root = useRoot(channelId, rootId);
  const box = useRef<HTMLDivElement>(null);
  const stick = useRef(true);
  const [focusedId, setFocusedId] = useState(rootId);
  const rows = useMemo(
    () =>
      listRows(view.window, unsent, undefined, entities.state.myId, (id) => entities.state.messages.get(id)).filter(
        (row) => row.kind !== 'start',
      ),
    [view.window, unsent],
  );
  const ids = useMemo(() => [rootId, ...rows.map((row) => row.key)], [rootId, rows]);
  const focused = Math.max(0, ids.indexOf(focusedId));
  const go = useCallback(
    (index: number) => {
      const id = ids[Math.max(0, Math.min(ids.length - 1, index))] ?? rootId;
      setFocusedId(id);
      box.current?.querySelector<HTMLElement>(`[data-mid="${id}"]`)?.focus();
    },
    [ids, rootId],
  );
  const handleKeys = useListKeys({ ids, focused, go, composerId: 'thread-composer', inThread: true });
  useLayoutEffect(() => {
    const element = box.current;
    if (stick.current && element && rows.length > 0) element.scrollTop = element.scrollHeight;
  }, [rows]);
  const handleScroll = () => {
    const element = box.current;
    if (!element) return;
    stick.current = element.scrollTop + element.clientHeight > element.scrollHeight - END_PX;
    if (stick.current) void timeline.loadAfter();
  };
  const replies = Math.max(root?.thread?.reply_count ?? 0, view.window.moreAfter ? 0 : rows.length);
  const total = ids.length;
  return (
    <div
      ref={box}
      className={css.scroll}
      tabIndex={0}
      role="feed"
      aria-label={t`Thread messages`}
      onScroll={handleScroll}
      onKeyDown={(event) => {
        handleKeys(event);
        if (event.key === 'Escape' && !event.defaultPrevented) onEscape();
      }}
      onFocus={(event) => {
        const id = event.target.closest('article')?.dataset['mid'];
        if (id) setFocusedId(id);
      }}
    >
      <Message id={rootId} joined={false} inThread tab={focused === 0} position={1} total={total} />
      <div className={css.count} aria-hidden="true">
        <span>
          {replies > 0 ? <Plural value={replies} one="# reply" other="# replies" /> : <Trans>No replies yet</Trans>}
        </span>
      </div>
      {view.status === 'loading' && replies > 0 && <Skeleton label={t`Loading the thread`} />}
      {view.status === 'failed' && view.error && (
        <div className={css.notice}>
          <Notice
            tone="danger"
            title={t`The thread could not be loaded`}
            action={
              <Button size="s" onPress={() => void timelines.reload(timeline)}>
                <Trans>Try again</Trans>
              </Button>
            }
          >
            {errorText(view.error)}
          </Notice>
        </div>
      )}
      {rows.map((row, i) =>
        row.kind === 'message' ? (
          <Message
            key={row.key}
            id={row.id}
            joined={row.joined}
            inThread
            tab={focused === i + 1}
            position={i + 2}
            total={total}
          />
        ) : (
          <UnsentMessage key={row.key} entry={row.entry} joined={row.joined} />
        ),
      )}
    </div>
  );
}
