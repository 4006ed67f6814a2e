import { useCallback, useEffect, useRef, useState } from 'react';
import { type ApiError, asApiError } from '../../api/problem';

export type PageOf<T> = { items: T[]; next?: string };
type State<T> = { items: readonly T[] | undefined; next: string | undefined; error: ApiError | undefined };
export type Pages<T> = State<T> & {
  more: () => void;
  reload: () => void;
  /** Shows a change at once, before the list is read again. */
  patch: (change: (items: readonly T[]) => readonly T[]) => void;
};

const WAIT_MS = 150;

/** A list that the server gives in pages. It starts anew whenever `load` changes, for instance with what is searched. */
export function usePages<T>(load: (after?: string) => Promise<PageOf<T>>): Pages<T> {
  const [state, setState] = useState<State<T>>({ items: undefined, next: undefined, error: undefined });
  const [round, setRound] = useState(0);
  const current = useRef<object | undefined>(undefined);
  const fetchPage = useCallback(
    async (after: string | undefined) => {
      // What an older question answers is of no use any more.
      const mine = {};
      current.current = mine;
      try {
        const page = await load(after);
        if (current.current !== mine) return;
        setState((held) => ({
          items: after === undefined ? page.items : [...(held.items ?? []), ...page.items],
          next: page.next,
          error: undefined,
        }));
      } catch (cause) {
        if (current.current === mine) setState((held) => ({ ...held, error: asApiError(cause) }));
      }
    },
    [load],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` asks for the list again
  useEffect(() => {
    const timer = setTimeout(() => void fetchPage(undefined), WAIT_MS);
    return () => {
      clearTimeout(timer);
      current.current = undefined;
    };
  }, [fetchPage, round]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  return {
    ...state,
    more: () => {
      if (state.next !== undefined) void fetchPage(state.next);
    },
    reload,
    patch: (change) => setState((held) => ({ ...held, items: held.items && change(held.items) })),
  };
}
