import { Trans, useLingui } from '@lingui/react/macro';
import { UserPlus } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { errorText } from '../../../api/errors';
import { asApiError } from '../../../api/problem';
import type { ChannelMemberItem, ChannelState } from '../../../api/types';
import { listChannelMembers, removeChannelMember } from '../../../api/workspaces';
import { entities } from '../../../entities/entities';
import { usePresence } from '../../../entities/hooks';
import { openOverlay, useOverlay } from '../../../lib/overlay';
import { Avatar } from '../../../ui/Avatar';
import { Button } from '../../../ui/Button';
import { Row } from '../../../ui/Card';
import { Pill } from '../../../ui/display';
import { PageHead } from '../Frame';
import { MembersCard } from '../MembersCard';
import { usePages } from '../usePages';

/** Who is in the channel, with the way in and out for those who may. */
export function ChannelMembers({ state }: { state: ChannelState }) {
  const { t } = useLingui();
  const { id, name, archived } = state.channel;
  const manages = state.permissions.includes('manage_channel_members') && !archived;
  const [query, setQuery] = useState('');
  const [failed, setFailed] = useState('');
  const load = useCallback(
    async (after?: string) => {
      const page = await listChannelMembers(id, query.trim(), after);
      entities.ingest({ kind: 'users', users: page.items.map((item) => item.user) });
      return page;
    },
    [id, query],
  );
  const pages = usePages(load);
  const { reload } = pages;
  // Who was just added is found when the dialog closes.
  const adding = useOverlay((s) => s.overlay?.kind === 'add-members');
  useEffect(() => {
    if (!adding) reload();
  }, [adding, reload]);
  const handleRemove = async (item: ChannelMemberItem) => {
    setFailed('');
    try {
      await removeChannelMember(id, item.user_id);
      pages.patch((items) => items.filter((other) => other.user_id !== item.user_id));
    } catch (cause) {
      setFailed(errorText(asApiError(cause)));
    }
  };
  return (
    <>
      <PageHead title={t`Members of #${name}`}>
        {manages && (
          <Button variant="primary" icon={UserPlus} onPress={() => openOverlay({ kind: 'add-members', channelId: id })}>
            <Trans>Add people</Trans>
          </Button>
        )}
      </PageHead>
      <MembersCard
        pages={pages}
        query={query}
        onQuery={setQuery}
        failed={failed}
        row={(item) => <Member item={item} manages={manages} onRemove={() => void handleRemove(item)} />}
      />
    </>
  );
}

type MemberProps = { item: ChannelMemberItem; manages: boolean; onRemove: () => void };

function Member({ item, manages, onRemove }: MemberProps) {
  const { t } = useLingui();
  const presence = usePresence(item.user_id);
  const { display_name: name, handle, kind } = item.user;
  const me = item.user_id === entities.state.myId;
  return (
    <Row
      lead={<Avatar id={item.user_id} name={name} size={38} presence={presence} bot={kind !== 'person'} />}
      title={
        <>
          <bdi>{name}</bdi>
          {me && <Pill tone="accent">{t`You`}</Pill>}
        </>
      }
      hint={`@${handle}`}
    >
      {manages && !me && (
        <Button size="s" onPress={onRemove} aria-label={t`Remove ${name}`}>
          <Trans>Remove</Trans>
        </Button>
      )}
    </Row>
  );
}
