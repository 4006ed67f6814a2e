import { lingui } from '@lingui/vite-plugin';
import babel from '@rolldown/plugin-babel';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const LAYERS = '@layer reset, tokens, base, components, utilities;';

/** Chunks load in any order and the first one fixes the order of layers, so every stylesheet states it. */
function layerOrder(): Plugin {
  return {
    name: 'css-layer-order',
    enforce: 'pre',
    transform(code, id) {
      return id.includes('/src/') && id.endsWith('.css') ? { code: `${LAYERS}\n${code}`, map: null } : undefined;
    },
  };
}

/** Where `npm run dev` finds the server; the built client is served by the server itself. */
const server = process.env['PLEXICHAT_DEV_SERVER'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [
    layerOrder(),
    react(),
    babel({
      include: /\.tsx?$/,
      exclude: /node_modules/,
      plugins: ['@lingui/babel-plugin-lingui-macro'],
      parserOpts: { plugins: ['jsx', 'typescript'] },
    }),
    lingui(),
  ],
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: server, ws: true, changeOrigin: false } },
  },
  build: {
    target: 'baseline-widely-available',
    cssTarget: ['chrome120', 'firefox121', 'safari17.2'],
    // Fonts as data: URLs would break the Content-Security-Policy.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'react', test: /node_modules\/(react|react-dom|scheduler)\// }] } },
    },
  },
});
