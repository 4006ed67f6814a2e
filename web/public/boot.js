// Runs before the first paint, so that neither theme nor language flashes. Must stay tiny and self-contained.
(() => {
  const root = document.documentElement;
  const stored = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const theme = stored('plexichat.theme');
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.dataset.theme = dark ? 'dark' : 'light';
  if (stored('plexichat.density') === 'compact') root.dataset.density = 'compact';
  const language = stored('plexichat.language') || (navigator.language || 'en').slice(0, 2);
  root.lang = language === 'de' ? 'de' : 'en';
})();
