import { Trans, useLingui } from '@lingui/react/macro';
import { Archive, ArrowLeft, Hash, Megaphone, Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import { errorText } from '../../api/errors';
import { asApiError } from '../../api/problem';
import type { ChannelView, Id } from '../../api/types';
import { joinChannel, listChannels } from '../../api/workspaces';
import { entities } from '../../entities/entities';
import { useChannel } from '../../entities/hooks';
import { navigate } from '../../lib/router';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Notice, Spinner } from '../../ui/display';
import { Field } from '../../ui/Field';
import people from '../people/people.module.css';

const SEARCH_MS = 150;

/** Channels that can be found and joined. */
export function BrowseDialog({ workspaceId, onClose }: { workspaceId: Id; onClose: () => void }) {
  const { t } = useLingui();
  const [query, setQuery] = useState('');
  const [archived, setArchived] = useState(false);
  const [list, setList] = useState<readonly ChannelView[] | undefined>();
  const [error, setError] = useState('');
  useEffect(() => {
    let shown = true;
    const timer = setTimeout(() => {
      listChannels(workspaceId, query.trim(), archived)
        .then((page) => shown && setList(page.items))
        .catch((cause: unknown) => shown && setError(errorText(asApiError(cause))));
    }, SEARCH_MS);
    return () => {
      shown = false;
      clearTimeout(timer);
    };
  }, [workspaceId, query, archived]);
  const open = (channelId: Id) => {
    onClose();
    navigate({ name: 'channel', workspaceId, channelId });
  };
  const handleJoin = async (channelId: Id) => {
    try {
      entities.ingest({ kind: 'channel_state', channel: await joinChannel(channelId) });
      open(channelId);
    } catch (cause) {
      setError(errorText(asApiError(cause)));
    }
  };
  return (
    <Dialog title={archived ? t`Archived channels` : t`Browse channels`} onClose={onClose}>
      <Field label={t`Find a channel`} value={query} onChange={setQuery} icon={Search} autoFocus />
      <Button size="s" variant="ghost" icon={archived ? ArrowLeft : Archive} onPress={() => setArchived(!archived)}>
        {archived ? <Trans>Back to open channels</Trans> : <Trans>Show archived channels</Trans>}
      </Button>
      {error !== '' && <Notice tone="danger" title={error} />}
      {list === undefined && error === '' && <Spinner />}
      {list?.length === 0 && (
        <p className={people.quiet}>
          {archived && query === '' ? <Trans>Nothing is archived.</Trans> : <Trans>No channel by that name.</Trans>}
        </p>
      )}
      {list && list.length > 0 && (
        <ul className={people.list} tabIndex={0} aria-label={t`Channels`}>
          {list.map((channel) => (
            <Row key={channel.id} channel={channel} onOpen={open} onJoin={(id) => void handleJoin(id)} />
          ))}
        </ul>
      )}
    </Dialog>
  );
}

type RowProps = { channel: ChannelView; onOpen: (id: Id) => void; onJoin: (id: Id) => void };

function Row({ channel, onOpen, onJoin }: RowProps) {
  const joined = useChannel(channel.id) !== undefined || channel.archived;
  const Icon = channel.kind === 'announcement' ? Megaphone : Hash;
  const name = channel.name;
  return (
    <li className={people.person}>
      <Icon size={17} aria-hidden />
      <span className={people.who}>
        <strong>{name}</strong>
        {channel.topic !== '' && <small>{channel.topic}</small>}
      </span>
      <Button size="s" variant={joined ? 'ghost' : 'secondary'} onPress={() => (joined ? onOpen : onJoin)(channel.id)}>
        {joined ? <Trans>Open</Trans> : <Trans>Join</Trans>}
        <span className="sr"> {name}</span>
      </Button>
    </li>
  );
}
