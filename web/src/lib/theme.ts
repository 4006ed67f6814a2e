import { create } from 'zustand';

/** Light, dark, or whatever the system says. `public/boot.js` applies the same rule before the first paint. */
export type Theme = 'light' | 'dark' | 'system';

const KEY = 'plexichat.theme';
const darkSystem = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: dark)') : undefined;

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return value === 'light' || value === 'dark' ? value : 'system';
}

export const useTheme = create<{ theme: Theme }>()(() => ({ theme: stored() }));

function apply(): void {
  const { theme } = useTheme.getState();
  const dark = theme === 'dark' || (theme === 'system' && darkSystem?.matches === true);
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  useTheme.setState({ theme });
  apply();
}

darkSystem?.addEventListener('change', apply);
