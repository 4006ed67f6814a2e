import { create } from 'zustand';

/** Light, dark, or whatever the system says. `public/boot.js` applies the same rules before the first paint. */
export type Theme = 'light' | 'dark' | 'system';
/** How much room a message gets. */
export type Density = 'comfortable' | 'compact';

const KEY = 'plexichat.theme';
const DENSITY = 'plexichat.density';
const darkSystem = typeof matchMedia === 'function' ? matchMedia('(prefers-color-scheme: dark)') : undefined;

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return value === 'light' || value === 'dark' ? value : 'system';
}

function storedDensity(): Density {
  return localStorage.getItem(DENSITY) === 'compact' ? 'compact' : 'comfortable';
}

export const useTheme = create<{ theme: Theme; density: Density }>()(() => ({
  theme: stored(),
  density: storedDensity(),
}));

function apply(): void {
  const { theme, density } = useTheme.getState();
  const dark = theme === 'dark' || (theme === 'system' && darkSystem?.matches === true);
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  document.documentElement.dataset['density'] = density;
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  useTheme.setState({ theme });
  apply();
}

export function chooseDensity(density: Density): void {
  if (density === 'comfortable') localStorage.removeItem(DENSITY);
  else localStorage.setItem(DENSITY, density);
  useTheme.setState({ density });
  apply();
}

darkSystem?.addEventListener('change', apply);
