import { useState } from 'react';
import { type ApiError, asApiError } from '../../api/problem';

export type Task = {
  busy: boolean;
  error: ApiError | undefined;
  /** Whether it was done; a second start while it runs does nothing. */
  run: (work: () => Promise<void>) => Promise<boolean>;
};

/** One thing the server is asked to do, at a time, with what became of it. */
export function useTask(): Task {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | undefined>();
  const run = async (work: () => Promise<void>): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    setError(undefined);
    try {
      await work();
      return true;
    } catch (cause) {
      setError(asApiError(cause));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run };
}
