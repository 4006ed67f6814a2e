import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { type ButtonProps, Button as RacButton } from 'react-aria-components';
import css from './Button.module.css';

export type Variant = 'primary' | 'secondary' | 'ghost' | 'danger';
type Look = {
  variant?: Variant;
  size?: 's' | 'm' | 'l';
  icon?: LucideIcon;
  wide?: boolean;
  busy?: boolean;
  children: ReactNode;
};

/** While `busy` it stays focusable and keeps its place; whoever handles the press ignores a second one. */
export function Button({
  variant = 'secondary',
  size = 'm',
  icon: Icon,
  wide,
  busy,
  children,
  ...rest
}: Look & Omit<ButtonProps, 'children' | 'className' | 'style'>) {
  return (
    <RacButton
      {...rest}
      className={css.btn ?? ''}
      data-variant={variant}
      data-size={size}
      data-wide={wide || undefined}
      data-busy={busy || undefined}
    >
      {Icon && <Icon size={size === 's' ? 15 : 17} aria-hidden />}
      <span>{children}</span>
    </RacButton>
  );
}
