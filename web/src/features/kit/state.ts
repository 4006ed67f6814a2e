/** What the server says of its root key and of the kits that recover it, for those who run the instance. */
import { create } from 'zustand';
import { getKeys } from '../../api/admin';
import { type ApiError, asApiError } from '../../api/problem';
import type { KeysView } from '../../api/types';

type State = { keys: KeysView | undefined; error: ApiError | undefined };

export const useKeys = create<State>()(() => ({ keys: undefined, error: undefined }));

/** Reads it again. What is shown stays meanwhile, and when the server cannot be asked. */
export async function refreshKeys(): Promise<void> {
  try {
    useKeys.setState({ keys: await getKeys(), error: undefined });
  } catch (cause) {
    useKeys.setState({ error: asApiError(cause) });
  }
}
