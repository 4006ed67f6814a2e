import { Trans, useLingui } from '@lingui/react/macro';
import { Hash } from 'lucide-react';
import { useState } from 'react';
import { errorText } from '../../../api/errors';
import type { ChannelPatch, ChannelView } from '../../../api/types';
import { updateChannel } from '../../../api/workspaces';
import { entities } from '../../../entities/entities';
import { Card } from '../../../ui/Card';
import { Notice } from '../../../ui/display';
import { Field } from '../../../ui/Field';
import { TextArea } from '../../../ui/TextArea';
import { SaveFoot } from '../SaveFoot';
import { useTask } from '../useTask';

export function NameCard({ channel }: { channel: ChannelView }) {
  const { t } = useLingui();
  const [name, setName] = useState(channel.name);
  const [topic, setTopic] = useState(channel.topic);
  const [saved, setSaved] = useState(false);
  const task = useTask();
  const patch: ChannelPatch = {
    ...(name.trim() === channel.name ? {} : { name: name.trim() }),
    ...(topic.trim() === channel.topic ? {} : { topic: topic.trim() }),
  };
  const changed = Object.keys(patch).length > 0;
  const field = task.error?.code === 'name_taken' ? 'name' : task.error?.problem.field;
  const nameFault = () => {
    if (name.trim() === '') return t`Give it a name.`;
    return field === 'name' && task.error ? errorText(task.error) : undefined;
  };
  const handleSave = async () => {
    if (!changed || name.trim() === '') return;
    const done = await task.run(async () => {
      const next = await updateChannel(channel.id, patch);
      entities.ingest({ kind: 'channels_listed', channels: [next] });
      setName(next.name);
      setTopic(next.topic);
    });
    setSaved(done);
  };
  return (
    <Card
      title={t`Name and topic`}
      onSubmit={() => void handleSave()}
      foot={<SaveFoot done={saved && !changed && <Trans>Saved</Trans>} busy={task.busy} changed={changed} />}
    >
      {task.error && field !== 'name' && field !== 'topic' && <Notice tone="danger" title={errorText(task.error)} />}
      <Field label={t`Name`} value={name} onChange={setName} icon={Hash} maxLength={80} error={nameFault()} />
      <TextArea
        label={t`Topic (optional)`}
        value={topic}
        onChange={setTopic}
        maxLength={500}
        placeholder={t`What it is about`}
        error={field === 'topic' && task.error ? errorText(task.error) : undefined}
      />
    </Card>
  );
}
