import { useLingui } from '@lingui/react/macro';
import { AlertCircle } from 'lucide-react';
import { useId } from 'react';
import type { Id } from '../../api/types';
import { useChannels } from '../../entities/hooks';
import field from '../../ui/Field.module.css';
import css from './people.module.css';

/** The server's bound on the channels of one invitation. */
const MOST = 20;

type Props = {
  workspaceId: Id;
  chosen: readonly Id[];
  onChange: (chosen: readonly Id[]) => void;
  error: string | undefined;
};

/** The channels a guest is let into: of those the person may add people to. */
export function ChannelChoice({ workspaceId, chosen, onChange, error }: Props) {
  const { t } = useLingui();
  const errorId = useId();
  const channels = useChannels(workspaceId)
    .filter((c) => c.permissions.includes('manage_channel_members') && !c.channel.archived)
    .sort((a, b) => a.channel.name.localeCompare(b.channel.name));
  const toggle = (id: Id) =>
    onChange(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id].slice(0, MOST));
  return (
    <fieldset className={css.choice} aria-describedby={error === undefined ? undefined : errorId}>
      <legend>{t`Channels for the guest`}</legend>
      <div>
        {channels.map(({ channel }) => (
          <label key={channel.id}>
            <input type="checkbox" checked={chosen.includes(channel.id)} onChange={() => toggle(channel.id)} />
            <span>
              #<bdi>{channel.name}</bdi>
            </span>
          </label>
        ))}
      </div>
      {error !== undefined && (
        <p id={errorId} className={field.error} role="status">
          <AlertCircle size={14} aria-hidden />
          <span>{error}</span>
        </p>
      )}
    </fieldset>
  );
}
