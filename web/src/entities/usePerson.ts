import { useLingui } from '@lingui/react/macro';
import { useEffect } from 'react';
import type { Id } from '../api/types';
import { useUser } from './hooks';
import { wantUser } from './missing';

export type Person = { name: string; handle: string; bot: boolean };

/** Somebody's name, asked for when it is not held yet. */
export function usePerson(id: Id): Person {
  const { t } = useLingui();
  const user = useUser(id);
  useEffect(() => {
    if (!user) wantUser(id);
  }, [id, user]);
  return {
    name: user?.display_name ?? t`Somebody`,
    handle: user?.handle ?? '',
    bot: user !== undefined && user.kind !== 'person',
  };
}
