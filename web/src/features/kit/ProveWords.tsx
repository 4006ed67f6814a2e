import { useLingui } from '@lingui/react/macro';
import { Field } from '../../ui/Field';
import css from './kit.module.css';
import { isSame } from './words';

type Props = {
  words: readonly string[];
  /** Positions that are asked for, from 0. */
  asked: readonly number[];
  typed: Readonly<Record<number, string>>;
  onType: (typed: Record<number, string>) => void;
  /** Whether it was tried to go on: what is wrong is told from then on. */
  tried: boolean;
};

export const areRight = ({ words, asked, typed }: Pick<Props, 'words' | 'asked' | 'typed'>): boolean =>
  asked.every((at) => isSame(typed[at] ?? '', words[at] ?? ''));

/** Some of the words, typed from the sheet while they are hidden. */
export function ProveWords({ words, asked, typed, onType, tried }: Props) {
  const { t } = useLingui();
  return (
    <div className={css.asked}>
      {asked.map((at, i) => {
        const number = at + 1;
        const wrong = tried && !isSame(typed[at] ?? '', words[at] ?? '');
        return (
          <Field
            key={at}
            label={t`Word ${number}`}
            value={typed[at] ?? ''}
            onChange={(text) => onType({ ...typed, [at]: text })}
            error={wrong ? t`This is not word ${number}. Look at your sheet again.` : undefined}
            autoComplete="off"
            spellCheck="false"
            autoFocus={i === 0}
            mono
          />
        );
      })}
    </div>
  );
}
