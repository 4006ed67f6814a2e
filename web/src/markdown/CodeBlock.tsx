import { Trans, useLingui } from '@lingui/react/macro';
import type { ElementContent, Root } from 'hast';
import { Check, Copy } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import css from './markdown.module.css';

const COPIED_MS = 1_500;

function colours(node: ElementContent, i: number): ReactNode {
  if (node.type === 'text') return node.value;
  if (node.type !== 'element') return null;
  const names = node.properties['className'];
  const classes = (Array.isArray(names) ? names : []).map((name) => css[String(name).replaceAll('-', '_')] ?? '');
  return (
    <span key={i} className={classes.join(' ')}>
      {node.children.map(colours)}
    </span>
  );
}

/** Code as written, coloured when its grammar has come. Always left to right. */
export function CodeBlock({ code, language }: { code: string; language: string }) {
  const { t } = useLingui();
  const [tree, setTree] = useState<Root | undefined>();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    let shown = true;
    if (language !== '')
      void import('./highlight')
        .then(({ highlight }) => highlight(code, language))
        .then((found) => shown && found && setTree(found))
        .catch(() => undefined);
    return () => {
      shown = false;
    };
  }, [code, language]);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const handleCopy = () => {
    void navigator.clipboard.writeText(code).then(() => setCopied(true));
  };
  const Icon = copied ? Check : Copy;
  return (
    <div className={css.code}>
      <div className={css.codeBar}>
        <span>{language === '' ? t`text` : language}</span>
        <button type="button" onClick={handleCopy}>
          <Icon size={13} aria-hidden />
          {copied ? <Trans>Copied</Trans> : <Trans>Copy</Trans>}
        </button>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a long line scrolls sideways, so the block itself takes focus */}
      <pre dir="ltr" tabIndex={0} role="group" aria-label={t`Code`}>
        <code>{tree ? tree.children.map((node, i) => colours(node as ElementContent, i)) : code}</code>
      </pre>
    </div>
  );
}
