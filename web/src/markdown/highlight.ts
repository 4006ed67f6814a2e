/** Colours for code, loaded with the first code block on screen; each grammar is a chunk of its own. */
import type { LanguageFn } from 'highlight.js';
import { createLowlight } from 'lowlight';

const low = createLowlight();
const MOST_CHARS = 20_000;

const grammars: Record<string, () => Promise<{ default: LanguageFn }>> = {
  bash: () => import('highlight.js/lib/languages/bash'),
  c: () => import('highlight.js/lib/languages/c'),
  cpp: () => import('highlight.js/lib/languages/cpp'),
  css: () => import('highlight.js/lib/languages/css'),
  diff: () => import('highlight.js/lib/languages/diff'),
  go: () => import('highlight.js/lib/languages/go'),
  java: () => import('highlight.js/lib/languages/java'),
  javascript: () => import('highlight.js/lib/languages/javascript'),
  json: () => import('highlight.js/lib/languages/json'),
  python: () => import('highlight.js/lib/languages/python'),
  rust: () => import('highlight.js/lib/languages/rust'),
  sql: () => import('highlight.js/lib/languages/sql'),
  typescript: () => import('highlight.js/lib/languages/typescript'),
  xml: () => import('highlight.js/lib/languages/xml'),
  yaml: () => import('highlight.js/lib/languages/yaml'),
};
const aliases: Record<string, string> = {
  html: 'xml',
  js: 'javascript',
  jsx: 'javascript',
  py: 'python',
  rs: 'rust',
  sh: 'bash',
  shell: 'bash',
  ts: 'typescript',
  tsx: 'typescript',
  yml: 'yaml',
};

/** The coloured tree, or nothing for a language without a grammar here. */
export async function highlight(code: string, language: string): Promise<ReturnType<typeof low.highlight> | undefined> {
  const name = aliases[language.toLowerCase()] ?? language.toLowerCase();
  const load = grammars[name];
  if (!load || code.length > MOST_CHARS) return undefined;
  if (!low.registered(name)) low.register(name, (await load()).default);
  return low.highlight(name, code);
}
