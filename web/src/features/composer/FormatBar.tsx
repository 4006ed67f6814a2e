import { useLingui } from '@lingui/react/macro';
import { Bold, Code, Italic, Link2, List, ListOrdered, Quote, SquareCode, Strikethrough } from 'lucide-react';
import { IconButton } from '../../ui/IconButton';
import css from './Composer.module.css';
import type { Writing } from './useWriting';

/** One row with the other composer tools when there is room, a row of its own when there is not (container query). */
export function FormatBar({ id, writing }: { id: string; writing: Writing }) {
  const { t } = useLingui();
  const { wrap, startLine } = writing;
  const tools = [
    [Bold, t`Bold`, () => wrap('**'), 'Ctrl B'],
    [Italic, t`Italic`, () => wrap('*'), 'Ctrl I'],
    [Strikethrough, t`Strikethrough`, () => wrap('~~'), 'Ctrl Shift X'],
    [Link2, t`Link`, () => wrap('[', '](https://)'), ''],
    [List, t`Bulleted list`, () => startLine('- '), ''],
    [ListOrdered, t`Numbered list`, () => startLine('1. '), ''],
    [Quote, t`Quote`, () => startLine('> '), ''],
    [Code, t`Inline code`, () => wrap('`'), 'Ctrl Shift C'],
    [SquareCode, t`Code block`, () => wrap('```\n', '\n```'), ''],
  ] as const;
  return (
    <div className={css.bar} role="toolbar" aria-label={t`Formatting`} aria-controls={id}>
      {tools.map(([Icon, name, act, keys]) => (
        <IconButton key={name} label={name} {...(keys ? { keys } : {})} onPress={act}>
          <Icon size={16} aria-hidden />
        </IconButton>
      ))}
    </div>
  );
}
