import { Trans, useLingui } from '@lingui/react/macro';
import { Search, Settings } from 'lucide-react';
import { useCallback, useState } from 'react';
import type { Id, UserPage, UserView } from '../../api/types';
import { listChannelMembers } from '../../api/workspaces';
import { useChannel, usePresence } from '../../entities/hooks';
import { useTitle } from '../../entities/useTitle';
import { navigate } from '../../lib/router';
import { Avatar } from '../../ui/Avatar';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Notice, Spinner } from '../../ui/display';
import { Field } from '../../ui/Field';
import css from './people.module.css';
import { usePeople } from './usePeople';

/** Who is in a channel. */
export function MembersDialog({ channelId, onClose }: { channelId: Id; onClose: () => void }) {
  const { t } = useLingui();
  const [query, setQuery] = useState('');
  const channel = useChannel(channelId);
  const title = useTitle(channel);
  const manages = channel?.permissions.includes('manage_channel_members') === true;
  const workspaceId = manages ? channel.channel.workspace_id : undefined;
  const name = title.prefix + title.text;
  const find = useCallback(
    async (text: string): Promise<UserPage> => {
      const page = await listChannelMembers(channelId, text);
      return { items: page.items.map((item) => item.user) };
    },
    [channelId],
  );
  const { people, error } = usePeople(query, find);
  return (
    <Dialog
      title={t`Members of ${name}`}
      onClose={onClose}
      foot={
        workspaceId !== undefined && (
          <Button
            icon={Settings}
            onPress={() => {
              onClose();
              navigate({ name: 'channel-settings', workspaceId, channelId, page: 'members' });
            }}
          >
            <Trans>Manage members</Trans>
          </Button>
        )
      }
    >
      <Field label={t`Find a member`} value={query} onChange={setQuery} icon={Search} autoFocus />
      {error !== '' && <Notice tone="danger" title={error} />}
      {people === undefined && error === '' && <Spinner />}
      {people?.length === 0 && (
        <p className={css.quiet}>
          <Trans>Nobody by that name.</Trans>
        </p>
      )}
      {people && people.length > 0 && (
        <ul className={css.list} tabIndex={0} aria-label={t`Members`}>
          {people.map((user) => (
            <Member key={user.id} user={user} />
          ))}
        </ul>
      )}
    </Dialog>
  );
}

function Member({ user }: { user: UserView }) {
  const { t } = useLingui();
  const presence = usePresence(user.id);
  return (
    <li className={css.person}>
      <Avatar id={user.id} name={user.display_name} size={32} presence={presence} />
      <span className={css.who}>
        <strong>{user.display_name}</strong>
        <small>
          @{user.handle}
          {presence === 'online' && <span className="sr">, {t`online`}</span>}
        </small>
      </span>
    </li>
  );
}
