import type { ReactElement } from 'react';
import { Button, type ButtonProps, Tooltip, TooltipTrigger } from 'react-aria-components';
import css from './IconButton.module.css';

type Props = { label: string; keys?: string; children: ReactElement; className?: string | undefined };

/** A button that is only a picture: its name is spoken, and shown in a tooltip. */
export function IconButton({
  label,
  keys,
  children,
  className,
  ...rest
}: Props & Omit<ButtonProps, 'children' | 'className'>) {
  return (
    <TooltipTrigger delay={350} closeDelay={0}>
      <Button {...rest} aria-label={label} className={`${css.icon} ${className ?? ''}`}>
        {children}
      </Button>
      <Tooltip className={css.tip ?? ''} offset={6}>
        {label}
        {keys && <kbd>{keys}</kbd>}
      </Tooltip>
    </TooltipTrigger>
  );
}
