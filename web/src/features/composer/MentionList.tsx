import { useLingui } from '@lingui/react/macro';
import type { UserView } from '../../api/types';
import { usePresence } from '../../entities/hooks';
import { Avatar } from '../../ui/Avatar';
import css from './pickers.module.css';

type Props = { id: string; people: readonly UserView[]; active: number; onChoose: (user: UserView) => void };

/** Who fits the word being typed. Focus stays in the text, which points at the active option. */
export function MentionList({ id, people, active, onChoose }: Props) {
  const { t } = useLingui();
  return (
    <div className={css.mentions}>
      <div id={id} role="listbox" aria-label={t`Mention someone`}>
        {people.map((user, i) => (
          <Option key={user.id} id={`${id}-${i}`} user={user} active={i === active} onChoose={onChoose} />
        ))}
      </div>
    </div>
  );
}

type OptionProps = { id: string; user: UserView; active: boolean; onChoose: (user: UserView) => void };

function Option({ id, user, active, onChoose }: OptionProps) {
  const presence = usePresence(user.id);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the text that owns the list
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      className={css.option}
      onPointerDown={(event) => event.preventDefault()}
      onClick={() => onChoose(user)}
    >
      <Avatar id={user.id} name={user.display_name} size={28} presence={presence} />
      <strong>{user.display_name}</strong>
      <span>@{user.handle}</span>
      {active && <kbd aria-hidden>↵</kbd>}
    </div>
  );
}
