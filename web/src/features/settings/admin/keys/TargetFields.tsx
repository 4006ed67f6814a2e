import { useLingui } from '@lingui/react/macro';
import { Field } from '../../../../ui/Field';
import { Select } from '../../../../ui/Select';
import settings from '../../settings.module.css';
import { type Choice, CONVERSATIONS, type Level } from './useTarget';

type Props = { choice: Choice; levels: readonly Level[]; faults: { month: string | undefined } };

export const isMonth = (text: string): boolean => text === '' || /^(19[7-9]\d|[2-9]\d{3})-(0[1-9]|1[0-2])$/.test(text);

/** Whose keys: level, workspace, channel, month, each only where it means something. */
export function TargetFields({ choice, levels, faults }: Props) {
  const { t } = useLingui();
  const names: Record<Level, string> = {
    root: t`Root key`,
    instance: t`Key of the server and of conversations`,
    workspace: t`Key of a workspace`,
    channel: t`Keys of a channel`,
  };
  const { level } = choice;
  const inWorkspace = level === 'workspace' || level === 'channel';
  const elsewhere = level === 'channel' ? [{ id: CONVERSATIONS, name: t`Conversations` }] : [];
  return (
    <div className={settings.two}>
      <Select
        label={t`Which keys`}
        value={level}
        items={levels.map((id) => ({ id, name: names[id] }))}
        onChange={(id) => choice.setLevel(id as Level)}
      />
      {inWorkspace && (
        <Select
          label={t`Workspace`}
          value={choice.workspaceId}
          items={[...choice.workspaces, ...elsewhere]}
          onChange={choice.setWorkspaceId}
        />
      )}
      {level === 'channel' && (
        <>
          <Select
            label={t`Channel`}
            value={choice.channelId}
            items={choice.channels}
            onChange={choice.setChannelId}
            isDisabled={choice.channels.length === 0}
          />
          <Field
            label={t`Only one month (optional)`}
            value={choice.month}
            onChange={choice.setMonth}
            placeholder="2026-11"
            hint={t`Year and month; all of them if empty.`}
            error={faults.month}
            mono
          />
        </>
      )}
    </div>
  );
}
