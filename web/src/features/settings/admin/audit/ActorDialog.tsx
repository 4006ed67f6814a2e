import { Trans, useLingui } from '@lingui/react/macro';
import { Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import { findAccounts } from '../../../../api/admin';
import { type ApiError, asApiError } from '../../../../api/problem';
import type { UserView } from '../../../../api/types';
import { Avatar } from '../../../../ui/Avatar';
import { Dialog } from '../../../../ui/Dialog';
import { Field } from '../../../../ui/Field';
import people from '../../../people/people.module.css';
import { Fault } from '../Fault';

const SEARCH_MS = 150;

type Props = { onChoose: (user: UserView) => void; onClose: () => void };

/** Somebody of all accounts of the server, also those who are suspended. */
export function ActorDialog({ onChoose, onClose }: Props) {
  const { t } = useLingui();
  const [query, setQuery] = useState('');
  const [found, setFound] = useState<readonly UserView[] | undefined>();
  const [error, setError] = useState<ApiError | undefined>();
  useEffect(() => {
    let shown = true;
    const timer = setTimeout(() => {
      findAccounts(query.trim())
        .then((page) => shown && setFound(page.items))
        .catch((cause: unknown) => shown && setError(asApiError(cause)));
    }, SEARCH_MS);
    return () => {
      shown = false;
      clearTimeout(timer);
    };
  }, [query]);
  return (
    <Dialog title={t`Whose entries?`} onClose={onClose}>
      <Field
        label={t`Find an account`}
        value={query}
        onChange={setQuery}
        icon={Search}
        placeholder={t`Name or username`}
        autoFocus
      />
      <Fault error={error} />
      {found?.length === 0 && (
        <p className={people.quiet}>
          <Trans>Nobody by that name.</Trans>
        </p>
      )}
      {found && found.length > 0 && (
        <ul className={people.list} aria-label={t`Accounts`}>
          {found.map((user) => (
            <li key={user.id}>
              <button
                type="button"
                className={people.person}
                onClick={() => {
                  onChoose(user);
                  onClose();
                }}
              >
                <Avatar id={user.id} name={user.display_name} size={32} />
                <span className={people.who}>
                  <strong>{user.display_name}</strong>
                  <small>@{user.handle}</small>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}
