import { Plural, Trans } from '@lingui/react/macro';
import type { Id } from '../../api/types';
import { useTypists } from '../../entities/hooks';
import { usePerson } from '../../entities/usePerson';
import css from './Composer.module.css';

function One({ id }: { id: Id }) {
  const { name } = usePerson(id);
  return <Trans>{name} is typing…</Trans>;
}

function Two({ ids }: { ids: readonly [Id, Id] }) {
  const a = usePerson(ids[0]).name;
  const b = usePerson(ids[1]).name;
  return (
    <Trans>
      {a} and {b} are typing…
    </Trans>
  );
}

/** Who is writing here. Not announced: it would interrupt a screen reader every few seconds. */
export function Typing({ place }: { place: string }) {
  const list = useTypists(place) ?? [];
  const [first, second] = list;
  const people = list.length;
  return (
    <span aria-live="off">
      {first && (
        <>
          <span className={css.dots} aria-hidden>
            <b />
            <b />
            <b />
          </span>
          {list.length === 1 && <One id={first.userId} />}
          {list.length === 2 && second && <Two ids={[first.userId, second.userId]} />}
          {list.length > 2 && <Plural value={people} other="# people are typing…" />}
        </>
      )}
    </span>
  );
}
