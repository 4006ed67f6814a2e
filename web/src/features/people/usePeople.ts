import { useEffect, useState } from 'react';
import { errorText } from '../../api/errors';
import { asApiError } from '../../api/problem';
import type { UserPage, UserView } from '../../api/types';
import { entities } from '../../entities/entities';

const SEARCH_MS = 150;

export type Found = { people: readonly UserView[] | undefined; error: string };

/** People the server finds for what is being typed; what is found enters the store as well. */
export function usePeople(query: string, find: (query: string) => Promise<UserPage>): Found {
  const [found, setFound] = useState<Found>({ people: undefined, error: '' });
  useEffect(() => {
    let shown = true;
    const timer = setTimeout(() => {
      find(query.trim())
        .then((page) => {
          entities.ingest({ kind: 'users', users: page.items });
          if (shown) setFound({ people: page.items, error: '' });
        })
        .catch((cause: unknown) => shown && setFound({ people: undefined, error: errorText(asApiError(cause)) }));
    }, SEARCH_MS);
    return () => {
      shown = false;
      clearTimeout(timer);
    };
  }, [query, find]);
  return found;
}
