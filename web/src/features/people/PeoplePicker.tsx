import { Trans, useLingui } from '@lingui/react/macro';
import { Check, Search, X } from 'lucide-react';
import { useState } from 'react';
import type { Id, UserPage, UserView } from '../../api/types';
import { usePresence } from '../../entities/hooks';
import { Avatar } from '../../ui/Avatar';
import { Notice } from '../../ui/display';
import { Field } from '../../ui/Field';
import css from './people.module.css';
import { usePeople } from './usePeople';

type Props = {
  label: string;
  chosen: readonly UserView[];
  onChange: (chosen: readonly UserView[]) => void;
  most: number;
  find: (query: string) => Promise<UserPage>;
  without?: (id: Id) => boolean;
  /** What to say when there is nobody to begin with. */
  none?: string;
};

/** Choosing people: type, press a name; the chosen ones stand above and leave with a press. */
export function PeoplePicker({ label, chosen, onChange, most, find, without, none }: Props) {
  const { t } = useLingui();
  const [query, setQuery] = useState('');
  const { people, error } = usePeople(query, find);
  const removeLabel = ({ display_name: name }: UserView) => t`Remove ${name}`;
  const isChosen = (id: Id) => chosen.some((user) => user.id === id);
  const toggle = (user: UserView) => {
    if (isChosen(user.id)) onChange(chosen.filter((c) => c.id !== user.id));
    else if (chosen.length < most) onChange([...chosen, user]);
    setQuery('');
  };
  const shown = people?.filter((user) => user.status === 'active' && !without?.(user.id));
  return (
    <>
      {chosen.length > 0 && (
        <div className={css.chips}>
          {chosen.map((user) => (
            <span key={user.id} className={css.chip}>
              <Avatar id={user.id} name={user.display_name} size={22} />
              <span>{user.display_name}</span>
              <button type="button" aria-label={removeLabel(user)} onClick={() => toggle(user)}>
                <X size={14} aria-hidden />
              </button>
            </span>
          ))}
        </div>
      )}
      <Field
        label={label}
        value={query}
        onChange={setQuery}
        icon={Search}
        placeholder={t`Name or username`}
        autoFocus
      />
      {error !== '' && <Notice tone="danger" title={error} />}
      {shown?.length === 0 && (
        <p className={css.quiet}>
          {none !== undefined && query.trim() === '' ? none : <Trans>Nobody by that name.</Trans>}
        </p>
      )}
      {shown && shown.length > 0 && (
        <ul className={css.list} aria-label={t`People`}>
          {shown.map((user) => (
            <li key={user.id}>
              <Person user={user} selected={isChosen(user.id)} onPress={() => toggle(user)} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Person({ user, selected, onPress }: { user: UserView; selected: boolean; onPress: () => void }) {
  const presence = usePresence(user.id);
  return (
    <button
      type="button"
      className={css.person}
      aria-pressed={selected}
      data-selected={selected || undefined}
      onClick={onPress}
    >
      <Avatar id={user.id} name={user.display_name} size={32} presence={presence} />
      <span className={css.who}>
        <strong>{user.display_name}</strong>
        <small>@{user.handle}</small>
      </span>
      {selected && <Check size={17} aria-hidden />}
    </button>
  );
}
