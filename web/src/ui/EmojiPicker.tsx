import { lazy, type ReactElement, Suspense } from 'react';
import { Button } from 'react-aria-components';

export type EmojiPickerProps = {
  label: string;
  icon: ReactElement;
  className?: string | undefined;
  /** False keeps the button out of the tab order: its row is the stop. */
  tab?: boolean;
  onChoose: (emoji: string) => void;
  onOpenChange?: (open: boolean) => void;
};

// The grid and what positions it come after the first view.
const EmojiPopover = lazy(() => import('./EmojiPopover'));

/** A button that opens a grid of emoji. */
export function EmojiPicker(props: EmojiPickerProps) {
  return (
    <Suspense fallback={<EmojiButton {...props} />}>
      <EmojiPopover {...props} />
    </Suspense>
  );
}

export function EmojiButton({ label, icon, className, tab = true }: EmojiPickerProps) {
  return (
    <Button className={className ?? ''} aria-label={label} excludeFromTabOrder={!tab}>
      {icon}
    </Button>
  );
}
