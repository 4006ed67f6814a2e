import { useSyncExternalStore } from 'react';

/** One pane at a time below this width; see the layout rules in README. */
export const PHONE = '(max-width: 700px)';

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (notify) => {
      const media = matchMedia(query);
      media.addEventListener('change', notify);
      return () => media.removeEventListener('change', notify);
    },
    () => matchMedia(query).matches,
  );
}

export function usePhone(): boolean {
  return useMedia(PHONE);
}
