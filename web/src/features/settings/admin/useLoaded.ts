import { useCallback, useEffect, useRef, useState } from 'react';
import { type ApiError, asApiError } from '../../../api/problem';

export type Loaded<T> = {
  value: T | undefined;
  error: ApiError | undefined;
  busy: boolean;
  reload: () => Promise<void>;
};

/** What the server answers, and again when asked. What was there stays while it is asked. `load` must not change. */
export function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'>>({ value: undefined, error: undefined, busy: true });
  const mounted = useRef(true);
  const reload = useCallback(async () => {
    setState((held) => ({ ...held, busy: true }));
    try {
      const value = await load();
      if (mounted.current) setState({ value, error: undefined, busy: false });
    } catch (cause) {
      if (mounted.current) setState((held) => ({ ...held, error: asApiError(cause), busy: false }));
    }
  }, [load]);
  useEffect(() => {
    mounted.current = true;
    void reload();
    return () => {
      mounted.current = false;
    };
  }, [reload]);
  return { ...state, reload };
}
