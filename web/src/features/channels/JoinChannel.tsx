import { Trans, useLingui } from '@lingui/react/macro';
import { Hash, SearchX } from 'lucide-react';
import { useEffect, useState } from 'react';
import { errorText } from '../../api/errors';
import { type ApiError, asApiError } from '../../api/problem';
import type { ChannelState, Id } from '../../api/types';
import { getChannel, joinChannel } from '../../api/workspaces';
import { entities } from '../../entities/entities';
import { Button } from '../../ui/Button';
import { Empty, Notice, Skeleton } from '../../ui/display';
import css from './ChannelView.module.css';

/** A channel the person is not in: what it is, and one press to join. */
export function JoinChannel({ channelId }: { channelId: Id }) {
  const { t } = useLingui();
  const [found, setFound] = useState<ChannelState | undefined>();
  const [error, setError] = useState<ApiError | undefined>();
  useEffect(() => {
    let shown = true;
    getChannel(channelId)
      .then((channel) => shown && setFound(channel))
      .catch((cause: unknown) => shown && setError(asApiError(cause)));
    return () => {
      shown = false;
    };
  }, [channelId]);
  const handleJoin = async () => {
    try {
      entities.ingest({ kind: 'channel_state', channel: await joinChannel(channelId) });
    } catch (cause) {
      setError(asApiError(cause));
    }
  };
  if (!found && !error)
    return (
      <main className={css.main}>
        <h1 className="sr">{t`Channel`}</h1>
        <Skeleton label={t`Loading messages`} />
      </main>
    );
  const name = found?.channel.name ?? '';
  return (
    <main className={css.main}>
      <div className={css.broken}>
        {found ? (
          <Empty
            icon={Hash}
            title={t`You are not in #${name} yet`}
            level={1}
            action={
              <Button variant="primary" size="l" onPress={() => void handleJoin()}>
                <Trans>Join channel</Trans>
              </Button>
            }
          >
            {found.channel.topic || <Trans>Join to read and write here. You can leave at any time.</Trans>}
          </Empty>
        ) : (
          <Empty icon={SearchX} title={t`You cannot open this channel`} level={1}>
            {error && errorText(error)}
          </Empty>
        )}
        {found && error && <Notice tone="danger" title={errorText(error)} />}
      </div>
    </main>
  );
}
