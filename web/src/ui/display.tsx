import { AlertTriangle, CheckCircle2, CircleAlert, Info, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import css from './display.module.css';

export type Tone = 'neutral' | 'accent' | 'success' | 'warn' | 'danger' | 'info';

export function Pill({
  tone = 'neutral',
  icon: Icon,
  children,
}: {
  tone?: Tone;
  icon?: LucideIcon;
  children: ReactNode;
}) {
  return (
    <span className={css.pill} data-tone={tone}>
      {Icon && <Icon size={13} aria-hidden />}
      {children}
    </span>
  );
}

const noticeIcon = {
  neutral: Info,
  accent: Info,
  info: Info,
  success: CheckCircle2,
  warn: AlertTriangle,
  danger: CircleAlert,
};
type NoticeProps = { tone?: Tone; title: string; children?: ReactNode; action?: ReactNode };

/** News inside a page. A danger notice is announced at once, the others when the reader gets there. */
export function Notice({ tone = 'info', title, children, action }: NoticeProps) {
  const Icon = noticeIcon[tone];
  return (
    <div className={css.notice} data-tone={tone} role={tone === 'danger' ? 'alert' : undefined}>
      <Icon size={18} aria-hidden />
      <div>
        <strong>{title}</strong>
        {children && <p>{children}</p>}
      </div>
      {action}
    </div>
  );
}

type EmptyProps = { icon: LucideIcon; title: string; children?: ReactNode; action?: ReactNode; level?: 1 | 2 };

/** What this place is for when there is nothing in it, and what to do next. */
export function Empty({ icon: Icon, title, children, action, level = 2 }: EmptyProps) {
  const Heading = level === 1 ? 'h1' : 'h2';
  return (
    <div className={css.empty}>
      <span aria-hidden="true">
        <Icon size={26} />
      </span>
      <Heading>{title}</Heading>
      {children && <p>{children}</p>}
      {action && <div>{action}</div>}
    </div>
  );
}

const lines = [64, 40, 82, 30, 71, 55, 46];

/** Grey rows in the shape of messages while the first page is under way. */
export function Skeleton({ label }: { label: string }) {
  return (
    <div className={css.skel} role="status">
      <span className="sr">{label}</span>
      {lines.map((width, i) => (
        <div key={width} aria-hidden>
          <b />
          <p>
            <i style={{ width: 120 + (i % 3) * 30 }} />
            <i style={{ width: `${width}%` }} />
          </p>
        </div>
      ))}
    </div>
  );
}

export function Spinner() {
  return <span className={css.spinner} aria-hidden />;
}
