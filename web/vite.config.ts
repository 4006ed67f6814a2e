import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { lingui } from '@lingui/vite-plugin';
import optimizeLocales from '@react-aria/optimize-locales-plugin';
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

const COMPRESSED = /\.(js|css|html|svg|json|txt|webmanifest)$/;

/** Compressed siblings, so that the server compresses nothing; and the manifest out of what is served. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    async writeBundle({ dir = 'dist' }) {
      await rm(join(dir, '..', '.build'), { recursive: true, force: true });
      await rename(join(dir, '.vite'), join(dir, '..', '.build'));
      const names = await readdir(dir, { recursive: true });
      for (const name of names.filter((n) => COMPRESSED.test(n))) {
        const data = await readFile(join(dir, name));
        await writeFile(join(dir, `${name}.br`), brotliCompressSync(data));
        await writeFile(join(dir, `${name}.gz`), gzipSync(data, { level: 9 }));
      }
    },
  };
}

/** Where `npm run dev` finds the server; the built client is served by the server itself. */
const server = process.env['PLEXICHAT_DEV_SERVER'] ?? 'http://127.0.0.1:8420';

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
    precompress(),
    // React Aria brings its own few words in thirty languages; only ours are kept.
    { ...optimizeLocales.vite({ locales: ['en-US', 'de-DE'] }), enforce: 'pre' },
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
    manifest: true,
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'react', test: /node_modules\/(react|react-dom|scheduler)\// }] } },
    },
  },
});
