import { Trans, useLingui } from '@lingui/react/macro';
import { CloudAlert, Hash, RotateCw, SearchX } from 'lucide-react';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { errorText } from '../../api/errors';
import type { ChannelState, Id } from '../../api/types';
import { entities } from '../../entities/entities';
import { useAll, useChannel } from '../../entities/hooks';
import { useTitle } from '../../entities/useTitle';
import { usePageTitle } from '../../lib/title';
import { connection } from '../../realtime';
import { Button } from '../../ui/Button';
import { Empty, Skeleton } from '../../ui/display';
import { toast } from '../../ui/toasts';
import { Composer } from '../composer';
import { outbox, useUnsent } from '../outbox';
import { lastOwn, MessageList, timelines, useMessageWork } from '../timeline';
import { ChannelHead } from './ChannelHead';
import { ChannelStart } from './ChannelStart';
import css from './ChannelView.module.css';
import { rememberPlace } from './current';
import { JoinChannel } from './JoinChannel';

type Props = { channelId: Id; number?: number | undefined; rootId?: Id | undefined };

/** The main pane: a channel with its timeline and composer, or the way into it. */
export function ChannelView({ channelId, number, rootId }: Props) {
  const channel = useChannel(channelId);
  const workspaceId = channel?.channel.workspace_id;
  const known = channel !== undefined;
  useEffect(() => {
    if (known) rememberPlace(workspaceId, channelId);
  }, [known, workspaceId, channelId]);
  if (!channel) return <JoinChannel key={channelId} channelId={channelId} />;
  return <Room key={channelId} channel={channel} number={number} rootId={rootId} />;
}

type RoomProps = { channel: ChannelState; number: number | undefined; rootId: Id | undefined };

function Room({ channel, number, rootId }: RoomProps) {
  const { t } = useLingui();
  const channelId = channel.channel.id;
  const title = useTitle(channel);
  const name = title.prefix + title.text;
  const timeline = useMemo(() => timelines.enter(channelId, undefined, number), [channelId, number]);
  const view = useSyncExternalStore(timeline.subscribe, timeline.get);
  const unsent = useUnsent(channelId);
  const may = channel.permissions.includes('send_messages') && !channel.channel.archived;
  usePageTitle(name);
  const handleSend = (text: string): boolean => {
    if (outbox.full) {
      toast(t`Too many messages are waiting to be sent. Wait until the connection is back.`, 'danger');
      return false;
    }
    const seen = timeline.get().window.moreAfter ? undefined : timeline.get().window.rows.at(-1)?.number;
    outbox.add({ channelId, text, ...(seen === undefined ? {} : { readUpTo: seen }) });
    if (timeline.get().window.moreAfter) void timeline.toLatest();
    return true;
  };
  const empty = view.status === 'ready' && view.window.rows.length === 0 && unsent.length === 0;
  return (
    <main className={css.main} aria-label={name}>
      {may && (
        <a className="skip" href="#composer">
          <Trans>Skip to message box</Trans>
        </a>
      )}
      <ChannelHead channel={channel} />
      {view.status === 'loading' && view.window.rows.length === 0 && <Skeleton label={t`Loading messages`} />}
      {view.status === 'failed' && (
        <div className={css.broken} role="alert">
          <Empty
            icon={CloudAlert}
            title={t`These messages could not be loaded`}
            action={
              <Button variant="primary" icon={RotateCw} onPress={() => void timelines.reload(timeline)}>
                <Trans>Try again</Trans>
              </Button>
            }
          >
            {view.error && errorText(view.error)}{' '}
            <Trans>Nothing is lost, and what you write here is kept until it can be sent.</Trans>
          </Empty>
        </div>
      )}
      {empty && <ChannelStart channel={channel} alone />}
      {!empty && view.status !== 'failed' && (view.status === 'ready' || view.window.rows.length > 0) && (
        <MessageList
          timeline={timeline}
          name={name}
          composerId="composer"
          activeRoot={rootId}
          start={<ChannelStart channel={channel} alone={false} />}
        />
      )}
      {may ? (
        <Composer
          id="composer"
          channelId={channelId}
          label={t`Message ${name}`}
          autoFocus={rootId === undefined && matchMedia('(pointer: fine)').matches}
          onSend={handleSend}
          onTyping={() => connection.typing(channelId)}
          onEditLast={() => useMessageWork.setState({ editing: lastOwn(channelId) })}
        />
      ) : (
        <p className={css.quiet}>
          {channel.channel.archived ? (
            <Trans>This channel is archived and read-only.</Trans>
          ) : (
            <Trans>Only administrators write here. You can read, react and reply in threads.</Trans>
          )}
        </p>
      )}
    </main>
  );
}

/** An address that leads nowhere. */
export function NowhereView() {
  const { t } = useLingui();
  return (
    <main className={css.main}>
      <div className={css.broken}>
        <Empty icon={SearchX} title={t`There is nothing at this address`} level={1}>
          <Trans>Choose a channel in the sidebar, or press Ctrl K to jump to one.</Trans>
        </Empty>
      </div>
    </main>
  );
}

/** A workspace without any channel for this person. */
export function NoChannelView() {
  const { t } = useLingui();
  const none = useAll(entities.state.channels, (rows) => rows.length === 0, Object.is);
  return (
    <main className={css.main}>
      <div className={css.broken}>
        {none ? (
          <Empty icon={Hash} title={t`You are in no channel yet`} level={1}>
            <Trans>Somebody has to add you to one, or you write to somebody first.</Trans>
          </Empty>
        ) : (
          <Empty icon={Hash} title={t`Choose a channel`} level={1}>
            <Trans>Channels and conversations are in the sidebar.</Trans>
          </Empty>
        )}
      </div>
    </main>
  );
}
