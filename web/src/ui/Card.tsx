import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import css from './Card.module.css';

type CardProps = {
  title: string;
  hint?: ReactNode;
  action?: ReactNode;
  foot?: ReactNode;
  children?: ReactNode;
  /** With it, the card is a form: Enter submits. */
  onSubmit?: () => void;
};

/** One subject of a settings page: what it is, what can be changed, and what to press. */
export function Card({ title, hint, action, foot, children, onSubmit }: CardProps) {
  const content = (
    <>
      <header>
        <div>
          <h2>{title}</h2>
          {hint && <p>{hint}</p>}
        </div>
        {action}
      </header>
      {children && <div className={css.body}>{children}</div>}
      {foot && <footer>{foot}</footer>}
    </>
  );
  if (!onSubmit) return <section className={css.card}>{content}</section>;
  return (
    <form
      className={css.card}
      aria-label={title}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {content}
    </form>
  );
}

type RowProps = { title: ReactNode; hint?: ReactNode; icon?: LucideIcon; lead?: ReactNode; children?: ReactNode };

/** One line of a list: what it is at the start, what can be done with it at the end. */
export function Row({ title, hint, icon: Icon, lead, children }: RowProps) {
  return (
    <div className={css.row}>
      {lead ??
        (Icon && (
          <span className={css.icon} aria-hidden>
            <Icon size={18} />
          </span>
        ))}
      <div className={css.text}>
        <strong>{title}</strong>
        {hint && <small>{hint}</small>}
      </div>
      {children && <div className={css.end}>{children}</div>}
    </div>
  );
}

/** Rows as a list, so that their number is heard. */
export function Rows({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ul className={css.rows} aria-label={label}>
      {children}
    </ul>
  );
}
