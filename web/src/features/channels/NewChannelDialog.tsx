import { Trans, useLingui } from '@lingui/react/macro';
import { Hash } from 'lucide-react';
import { useState } from 'react';
import { Radio, RadioGroup } from 'react-aria-components';
import { errorText } from '../../api/errors';
import { type ApiError, asApiError } from '../../api/problem';
import type { ChannelKind, Id } from '../../api/types';
import { createChannel } from '../../api/workspaces';
import { entities } from '../../entities/entities';
import { useWorkspace } from '../../entities/hooks';
import { navigate } from '../../lib/router';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Notice } from '../../ui/display';
import { Field } from '../../ui/Field';
import css from './NewChannelDialog.module.css';

export function NewChannelDialog({ workspaceId, onClose }: { workspaceId: Id; onClose: () => void }) {
  const { t } = useLingui();
  const may = useWorkspace(workspaceId)?.permissions ?? [];
  const mayPublic = may.includes('create_public_channels');
  const [name, setName] = useState('');
  const [topic, setTopic] = useState('');
  const [kind, setKind] = useState<ChannelKind>(mayPublic ? 'public' : 'private');
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState(false);
  const [error, setError] = useState<ApiError | undefined>();
  const kinds: { id: ChannelKind; name: string; hint: string; on: boolean }[] = [
    { id: 'public', name: t`Public`, hint: t`Everyone in the workspace can find and join it.`, on: mayPublic },
    {
      id: 'private',
      name: t`Private`,
      hint: t`Only people who are added can find and read it.`,
      on: may.includes('create_private_channels'),
    },
    { id: 'announcement', name: t`Announcements`, hint: t`Administrators write, everybody reads.`, on: mayPublic },
  ];
  const taken = error?.code === 'name_taken';
  const handleSubmit = async () => {
    setTried(true);
    if (busy || name.trim() === '') return;
    setBusy(true);
    setError(undefined);
    try {
      const channel = await createChannel(workspaceId, { kind, name: name.trim(), topic: topic.trim() });
      entities.ingest({ kind: 'channel_state', channel });
      onClose();
      navigate({ name: 'channel', workspaceId, channelId: channel.channel.id });
    } catch (cause) {
      setError(asApiError(cause));
      setBusy(false);
    }
  };
  const nameError = tried && name.trim() === '' ? t`Give it a name.` : taken && error ? errorText(error) : undefined;
  return (
    <Dialog
      title={t`Create a channel`}
      hint={t`A channel is for one subject. Clear names are found more easily.`}
      onClose={onClose}
      onSubmit={() => void handleSubmit()}
      foot={
        <>
          <Button variant="ghost" onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="primary" busy={busy}>
            <Trans>Create channel</Trans>
          </Button>
        </>
      }
    >
      {error && !taken && <Notice tone="danger" title={errorText(error)} />}
      <Field label={t`Name`} value={name} onChange={setName} icon={Hash} maxLength={80} error={nameError} autoFocus />
      <Field
        label={t`Topic (optional)`}
        value={topic}
        onChange={setTopic}
        maxLength={500}
        placeholder={t`What it is about`}
      />
      <RadioGroup
        className={css.kinds ?? ''}
        aria-label={t`Who can read it`}
        value={kind}
        onChange={(value) => setKind(value as ChannelKind)}
      >
        {kinds
          .filter((option) => option.on)
          .map((option) => (
            <Radio key={option.id} value={option.id} className={css.kind ?? ''}>
              <i aria-hidden />
              <span>
                <strong>{option.name}</strong>
                <small>{option.hint}</small>
              </span>
            </Radio>
          ))}
      </RadioGroup>
    </Dialog>
  );
}
